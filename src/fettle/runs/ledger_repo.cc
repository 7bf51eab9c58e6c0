#include "fettle/runs/ledger_repo.h"

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
// Lists are given as JSON arrays, so that the statement stays one.
constexpr std::string_view kList =
    "SELECT schedule_id, nominal, fold, environment_id, schedule_name, host_id, decided_at, outcome, reason,"
    " run_id, count FROM ledger WHERE environment_id IN (SELECT value FROM json_each(?1))"
    " AND (?2 IS NULL OR schedule_id = ?2) AND (?3 IS NULL OR host_id = ?3)"
    " AND (?4 IS NULL OR outcome IN (SELECT value FROM json_each(?4)))"
    " AND nominal >= coalesce(?5, -9000000000000) AND nominal < coalesce(?6, 9000000000000)"
    " AND (?7 IS NULL OR (nominal, schedule_id, fold) < (?7, ?8, ?9))"
    " ORDER BY nominal DESC, schedule_id DESC, fold DESC LIMIT ?10";
// The same for one schedule, which has its own order in the primary key.
constexpr std::string_view kListOfSchedule =
    "SELECT schedule_id, nominal, fold, environment_id, schedule_name, host_id, decided_at, outcome, reason,"
    " run_id, count FROM ledger WHERE environment_id IN (SELECT value FROM json_each(?1))"
    " AND schedule_id = ?2 AND (?3 IS NULL OR host_id = ?3)"
    " AND (?4 IS NULL OR outcome IN (SELECT value FROM json_each(?4)))"
    " AND nominal >= coalesce(?5, -9000000000000) AND nominal < coalesce(?6, 9000000000000)"
    " AND (?7 IS NULL OR (nominal, schedule_id, fold) < (?7, ?8, ?9))"
    " ORDER BY nominal DESC, fold DESC LIMIT ?10";
// And for one host, by ledger_by_host.
constexpr std::string_view kListOfHost =
    "SELECT schedule_id, nominal, fold, environment_id, schedule_name, host_id, decided_at, outcome, reason,"
    " run_id, count FROM ledger WHERE environment_id IN (SELECT value FROM json_each(?1))"
    " AND ?2 IS NULL AND host_id = ?3"
    " AND (?4 IS NULL OR outcome IN (SELECT value FROM json_each(?4)))"
    " AND nominal >= coalesce(?5, -9000000000000) AND nominal < coalesce(?6, 9000000000000)"
    " AND (?7 IS NULL OR (nominal, schedule_id, fold) < (?7, ?8, ?9))"
    " ORDER BY nominal DESC, schedule_id DESC, fold DESC LIMIT ?10";
constexpr std::string_view kPruneSchedule =
    "DELETE FROM ledger WHERE schedule_id = ?1 AND nominal IN (SELECT nominal FROM ledger WHERE schedule_id "
    "= ?1"
    " AND nominal < (SELECT nominal FROM ledger WHERE schedule_id = ?1 ORDER BY nominal DESC LIMIT 1 OFFSET "
    "?2)"
    " ORDER BY nominal LIMIT ?3)";
constexpr std::string_view kForgetEnvironment = "DELETE FROM ledger WHERE environment_id = ?1";

std::int64_t seconds(Instant instant) {
  return instant.time_since_epoch().count();
}

std::optional<std::int64_t> seconds(const std::optional<Instant>& instant) {
  return instant ? std::optional(seconds(*instant)) : std::nullopt;
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

std::vector<Row> list(store::Session& session, const Filter& filter) {
  const std::string environments =
      json_words(filter.environments, [](const EnvironmentId& id) { return id.text(); });
  std::optional<std::string> schedule, host, outcomes, after_schedule;
  std::optional<std::int64_t> after_nominal, after_fold;
  if (filter.schedule) schedule = filter.schedule->text();
  if (filter.host) host = filter.host->text();
  if (!filter.outcomes.empty()) outcomes = json_words(filter.outcomes, outcome_name);
  if (filter.after) {
    after_nominal = seconds(filter.after->nominal);
    after_schedule = filter.after->schedule.text();
    after_fold = filter.after->fold;
  }
  return session.query_all(
      filter.schedule ? kListOfSchedule
      : filter.host   ? kListOfHost
                      : kList,
      {environments, schedule, host, outcomes, seconds(filter.from), seconds(filter.to), after_nominal,
       after_schedule, after_fold, static_cast<std::int64_t>(filter.limit)},
      row_of);
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
                            std::int64_t most) {
  return session.execute(kPruneSchedule, {schedule.text(), keep - 1, most});
}

void forget_environment(store::Session& session, const EnvironmentId& environment) {
  session.execute(kForgetEnvironment, {environment.text()});
}

}  // namespace fettle::runs::ledger_repo
