#include "fettle/runs/ledger_repo.h"

#include <algorithm>
#include <sstream>

namespace fettle::runs::ledger_repo {
namespace {

constexpr std::string_view kPut =
    "INSERT INTO ledger (schedule_id, nominal, fold, environment_id, schedule_name, host_id, decided_at, "
    "outcome,"
    " reason, run_id, count) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
    " ON CONFLICT (schedule_id, nominal, fold) DO UPDATE SET decided_at = ?7, outcome = ?8, reason = ?9,"
    " run_id = ?10, count = max(count, ?11) WHERE outcome NOT IN ('ran', 'late')";
constexpr std::string_view kAbsorb =
    "DELETE FROM ledger WHERE schedule_id = ?1 AND nominal > ?2 AND nominal <= ?3 AND outcome = 'blocked'";
// A list walks one index (named, lest the planner go by time past the rows of all), from a place to the end
// of the walk, and picks. Lists are given as JSON arrays, so that a statement stays one.
#define FETTLE_LEDGER_COLUMNS                                                                               \
  "SELECT schedule_id, nominal, fold, environment_id, schedule_name, host_id, decided_at, outcome, reason," \
  " run_id, count FROM ledger "
#define FETTLE_LEDGER_PICK                                                                              \
  " AND (?2 IS NULL OR schedule_id = ?2) AND (?3 IS NULL OR host_id = ?3)"                              \
  " AND (?4 IS NULL OR outcome IN (SELECT value FROM json_each(?4))) AND nominal >= ?5"                 \
  " AND (nominal, schedule_id, fold) < (?6, ?7, ?8) AND (nominal, schedule_id, fold) >= (?9, ?10, ?11)" \
  " ORDER BY nominal DESC, schedule_id DESC, fold DESC LIMIT ?12"
#define FETTLE_LEDGER_OF_ANY " AND environment_id IN (SELECT value FROM json_each(?1))" FETTLE_LEDGER_PICK
#define FETTLE_LEDGER_WALK_END                       \
  " AND (nominal, schedule_id, fold) < (?2, ?3, ?4)" \
  " ORDER BY nominal DESC, schedule_id DESC, fold DESC LIMIT 1 OFFSET ?5"

/// ?1 of `pick` is an environment, or a JSON array of several; that of `end` is what is walked. `end` says
/// the last row that is looked at, if there are so many.
struct Walk {
  std::string_view pick, end;
};
#define FETTLE_LEDGER_KEY "SELECT nominal, schedule_id, fold FROM ledger "
constexpr Walk kOfEnvironment{
    FETTLE_LEDGER_COLUMNS "INDEXED BY ledger_by_environment WHERE environment_id = ?1" FETTLE_LEDGER_PICK,
    FETTLE_LEDGER_KEY "INDEXED BY ledger_by_environment WHERE environment_id = ?1" FETTLE_LEDGER_WALK_END};
constexpr Walk kOfHost{
    FETTLE_LEDGER_COLUMNS "INDEXED BY ledger_by_host WHERE host_id = ?3" FETTLE_LEDGER_OF_ANY,
    FETTLE_LEDGER_KEY "INDEXED BY ledger_by_host WHERE host_id = ?1" FETTLE_LEDGER_WALK_END};
// The primary key has its order.
constexpr Walk kOfSchedule{FETTLE_LEDGER_COLUMNS "NOT INDEXED WHERE schedule_id = ?2" FETTLE_LEDGER_OF_ANY,
                           FETTLE_LEDGER_KEY "NOT INDEXED WHERE schedule_id = ?1" FETTLE_LEDGER_WALK_END};
#undef FETTLE_LEDGER_COLUMNS
#undef FETTLE_LEDGER_PICK
#undef FETTLE_LEDGER_OF_ANY
#undef FETTLE_LEDGER_WALK_END
#undef FETTLE_LEDGER_KEY

/// Rows that one list looks at: some tens of milliseconds. Of each environment at least so many.
constexpr std::int64_t kMostWalked = 20'000;
constexpr std::int64_t kLeastWalked = 500;

// Those up to a time, and those behind it, each beyond the newest that stay.
#define FETTLE_PRUNE(SIDE)                                      \
  "DELETE FROM ledger WHERE schedule_id = ?1 AND nominal " SIDE \
  " ?4 AND nominal IN (SELECT nominal"                          \
  " FROM ledger WHERE schedule_id = ?1 AND nominal " SIDE       \
  " ?4 AND nominal < (SELECT nominal FROM"                      \
  " ledger WHERE schedule_id = ?1 AND nominal " SIDE            \
  " ?4 ORDER BY nominal DESC LIMIT 1 OFFSET ?2)"                \
  " ORDER BY nominal LIMIT ?3)"
constexpr std::string_view kPruneUntil = FETTLE_PRUNE("<=");
constexpr std::string_view kPruneBehind = FETTLE_PRUNE(">");
#undef FETTLE_PRUNE
// The newest first, by the index of the host, which has the order of lists.
constexpr std::string_view kMoveEnd =
    "SELECT nominal, schedule_id, fold FROM ledger INDEXED BY ledger_by_host WHERE host_id = ?1"
    " AND (nominal, schedule_id, fold) < (?2, ?3, ?4)"
    " ORDER BY nominal DESC, schedule_id DESC, fold DESC LIMIT 1 OFFSET ?5";
constexpr std::string_view kMove =
    "UPDATE ledger INDEXED BY ledger_by_host SET environment_id = ?2 WHERE host_id = ?1 AND environment_id "
    "<> ?2"
    " AND (nominal, schedule_id, fold) < (?3, ?4, ?5) AND (nominal, schedule_id, fold) >= (?6, ?7, ?8)";
constexpr const char* kForgetEnvironment =
    "DELETE FROM ledger WHERE (schedule_id, nominal, fold) IN (SELECT schedule_id, nominal, fold FROM ledger"
    " WHERE environment_id = ?1 LIMIT ?2)";

std::int64_t seconds(Instant instant) {
  return instant.time_since_epoch().count();
}

Row row_of(const store::Row& row) {
  Row out;
  out.entry.schedule = ScheduleId::parse(row.text(0)).value_or(ScheduleId());
  out.entry.nominal = Instant(Seconds(row.integer(1)));
  out.entry.fold = static_cast<std::int32_t>(row.integer(2));
  out.environment = EnvironmentId::parse(row.text(3)).value_or(EnvironmentId());
  out.schedule_name = row.text(4);
  if (const auto host = row.optional_text(5)) out.host = HostId::parse(*host);
  out.entry.decided_at = wall_from_unix_ms(row.integer(6));
  out.entry.outcome = parse_outcome(row.text(7)).value_or(LedgerOutcome::blocked);
  out.entry.reason = row.text(8);
  if (const auto run = row.optional_text(9)) out.entry.run = RunId::parse(*run);
  out.entry.count = row.integer(10);
  return out;
}

/// Of words that need no escaping.
template <class T, class F>
std::string json_words(const std::vector<T>& items, F text) {
  std::string out = "[";
  for (const T& item : items) {
    if (out.size() > 1) out += ',';
    out += '"';
    out += text(item);
    out += '"';
  }
  return out + "]";
}

/// A row's place in the order of lists, which is the reverse.
struct Key {
  std::int64_t nominal = 0;
  std::string schedule;
  std::int64_t fold = 0;
  friend auto operator<=>(const Key&, const Key&) = default;
};
const Key kFirst{INT64_MIN, "", 0};

Key key_of(const Row& row) {
  return {seconds(row.entry.nominal), row.entry.schedule.text(), row.entry.fold};
}

/// A filter as it is bound.
struct Bound {
  std::optional<std::string> schedule, host, outcomes;
  std::int64_t from = INT64_MIN;
  Key before;
  std::int64_t most = 0;
};

Bound bind(const Filter& filter) {
  Bound out;
  if (filter.schedule) out.schedule = filter.schedule->text();
  if (filter.host) out.host = filter.host->text();
  if (!filter.outcomes.empty()) out.outcomes = json_words(filter.outcomes, outcome_name);
  if (filter.from) out.from = seconds(*filter.from);
  out.before = {filter.to ? seconds(*filter.to) : INT64_MAX, "", 0};
  if (filter.after)
    out.before = std::min(
        out.before, {seconds(filter.after->nominal), filter.after->schedule.text(), filter.after->fold});
  out.most = static_cast<std::int64_t>(filter.limit) + 1;  // one more tells whether there is more
  return out;
}

/// kFirst: there are not so many rows, or what is behind them is not asked for.
Key walk_end(store::Session& session, const Walk& walk, const std::string& what, const Bound& bound,
             std::int64_t most) {
  const Key& before = bound.before;
  const Key end =
      session
          .query_one(walk.end, {what, before.nominal, before.schedule, before.fold, most - 1},
                     [](const store::Row& row) { return Key{row.integer(0), row.text(1), row.integer(2)}; })
          .value_or(kFirst);
  return end.nominal < bound.from ? kFirst : end;
}

std::vector<Row> pick(store::Session& session, const Walk& walk, const std::string& environments,
                      const Bound& bound, const Key& end) {
  const Key& before = bound.before;
  return session.query_all(
      walk.pick,
      {environments, bound.schedule, bound.host, bound.outcomes, bound.from, before.nominal, before.schedule,
       before.fold, end.nominal, end.schedule, end.fold, bound.most},
      row_of);
}

struct Found {
  std::vector<Row> rows;
  Key end = kFirst;
};

/// One walk for each environment, merged. What lies behind the end of any of them belongs to the next list.
Found find_by_environment(store::Session& session, const Filter& filter, const Bound& bound) {
  const auto share = kMostWalked / std::max<std::int64_t>(1, std::ssize(filter.environments));
  Found out;
  for (const EnvironmentId& environment : filter.environments) {
    const std::string id = environment.text();
    const Key end = walk_end(session, kOfEnvironment, id, bound, std::max(kLeastWalked, share));
    auto part = pick(session, kOfEnvironment, id, bound, std::max(end, out.end));
    // A full part ends before its walk does.
    if (std::ssize(part) < bound.most) out.end = std::max(out.end, end);
    std::ranges::move(part, std::back_inserter(out.rows));
  }
  std::ranges::sort(out.rows, std::ranges::greater{}, key_of);
  std::erase_if(out.rows, [&](const Row& row) { return key_of(row) < out.end; });
  return out;
}

Found find(store::Session& session, const Filter& filter, const Bound& bound) {
  if (!bound.schedule && !bound.host) return find_by_environment(session, filter, bound);
  const std::string environments =
      json_words(filter.environments, [](const EnvironmentId& id) { return id.text(); });
  const Walk& walk = bound.schedule ? kOfSchedule : kOfHost;
  Found out;
  out.end = walk_end(session, walk, bound.schedule ? *bound.schedule : *bound.host, bound, kMostWalked);
  out.rows = pick(session, walk, environments, bound, out.end);
  return out;
}

/// Where a move has come to: "1795860442 sched_... 0".
std::string text_of(const Key& key) {
  return std::to_string(key.nominal) + ' ' + key.schedule + ' ' + std::to_string(key.fold);
}

Key key_in(const std::string& text) {
  Key key{INT64_MAX, "", 0};
  if (!text.empty()) std::istringstream(text) >> key.nominal >> key.schedule >> key.fold;
  return key;
}

Place place_of(const Key& key) {
  return {Instant(Seconds(key.nominal)), ScheduleId::parse(key.schedule).value_or(ScheduleId()),
          static_cast<std::int32_t>(key.fold)};
}

}  // namespace

void put(store::Session& session, const Row& row) {
  const LedgerEntry& entry = row.entry;
  const auto host = row.host ? std::optional(row.host->text()) : std::nullopt;
  const auto run = entry.run ? std::optional(entry.run->text()) : std::nullopt;
  session.execute(kPut, {entry.schedule.text(), seconds(entry.nominal), entry.fold, row.environment.text(),
                         row.schedule_name, host, unix_ms(entry.decided_at), outcome_name(entry.outcome),
                         entry.reason, run, entry.count});
}

void absorb(store::Session& session, const ScheduleId& schedule, Instant after, Instant until) {
  session.execute(kAbsorb, {schedule.text(), seconds(after), seconds(until)});
}

Answer list(store::Session& session, const Filter& filter) {
  Found found = find(session, filter, bind(filter));
  Answer out;
  const bool has_more = found.rows.size() > filter.limit;
  if (has_more) found.rows.resize(filter.limit);
  out.rows = std::move(found.rows);
  if (has_more) {
    out.next = place_of(key_of(out.rows.back()));
  } else if (found.end != kFirst) {
    out.next = place_of(found.end);
  }
  return out;
}

std::optional<std::string> move_some(store::Session& session, const store::MoveStep& step) {
  const Key before = key_in(step.after);
  const auto end = session.query_one(
      kMoveEnd, {step.owner, before.nominal, before.schedule, before.fold, store::kRowsAStep - 1},
      [](const store::Row& row) { return Key{row.integer(0), row.text(1), row.integer(2)}; });
  const Key last = end.value_or(kFirst);
  session.execute(kMove, {step.owner, step.to, before.nominal, before.schedule, before.fold, last.nominal,
                          last.schedule, last.fold});
  if (!end) return std::nullopt;
  return text_of(*end);
}

store::OldRows old_entries() {
  store::OldRows out;
  out.table = "ledger";
  out.count = "SELECT count(*) FROM ledger";
  out.eligible = "SELECT count(*) FROM ledger WHERE nominal < ?1 / 1000";
  out.remove =
      "DELETE FROM ledger WHERE (schedule_id, nominal, fold) IN (SELECT schedule_id, nominal, fold FROM "
      "ledger"
      " WHERE nominal < ?1 / 1000 ORDER BY nominal LIMIT ?2)";
  out.oldest = "SELECT min(nominal) * 1000 FROM ledger";
  out.older = "SELECT 1 FROM ledger WHERE nominal < unixepoch(?1) LIMIT 1";
  return out;
}

std::int64_t prune_schedule(store::Session& session, const ScheduleId& schedule, std::int64_t keep,
                            std::int64_t most, Instant now) {
  return session.execute(kPruneUntil, {schedule.text(), keep - 1, most, seconds(now)}) +
         session.execute(kPruneBehind, {schedule.text(), keep - 1, most, seconds(now)});
}

bool forget_environment(store::Session& session, const io::Clock& clock, const EnvironmentId& environment) {
  std::vector<std::string> keys{environment.text()};
  return store::remove_by_keys(session, clock, kForgetEnvironment, keys).is_end;
}

}  // namespace fettle::runs::ledger_repo
