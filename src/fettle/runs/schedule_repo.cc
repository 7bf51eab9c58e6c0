#include "fettle/runs/schedule_repo.h"

#include <algorithm>
#include <array>

namespace fettle::runs::schedule_repo {
namespace {

constexpr std::array<std::string_view, 3> kMisfires{"skip", "run_once", "run_all"};
constexpr std::array<std::string_view, 3> kOverlaps{"skip", "queue_one", "cancel_running"};

#define FETTLE_SCHEDULE_COLUMNS                                                                        \
  "id, environment_id, name, plan, target_kind, target_id, target_name, host_id, parameters, timing,"  \
  " time_zone, jitter_ms, misfire, misfire_limit, catch_up_ms, overlap, is_enabled, retry_backoff_ms," \
  " retry_attempts, created_at, changed_at, revision, settled_until, last_nominal, last_outcome, "     \
  "last_run_id"

constexpr std::string_view kAll = "SELECT " FETTLE_SCHEDULE_COLUMNS " FROM schedule ORDER BY id";
constexpr std::string_view kFind = "SELECT " FETTLE_SCHEDULE_COLUMNS " FROM schedule WHERE id = ?1";
constexpr std::string_view kInsert =
    "INSERT INTO schedule (" FETTLE_SCHEDULE_COLUMNS
    ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, "
    "?21,"
    " 1, ?22, NULL, NULL, NULL) ON CONFLICT (environment_id, name) DO NOTHING";
constexpr std::string_view kIsUsedId =
    "SELECT EXISTS (SELECT 1 FROM schedule WHERE id = ?1)"
    " OR EXISTS (SELECT 1 FROM ledger WHERE schedule_id = ?1)";
constexpr std::string_view kNameTaken =
    "SELECT count(*) FROM schedule WHERE environment_id = ?1 AND name = ?2 AND id <> ?3";
constexpr std::string_view kChange =
    "UPDATE schedule SET name = ?3, parameters = ?4, timing = ?5, time_zone = ?6, jitter_ms = ?7, misfire = "
    "?8,"
    " misfire_limit = ?9, catch_up_ms = ?10, overlap = ?11, is_enabled = ?12, retry_backoff_ms = ?13,"
    " retry_attempts = ?14, changed_at = ?15, settled_until = coalesce(?16, settled_until),"
    " revision = revision + 1 WHERE id = ?1 AND revision = ?2";
constexpr std::string_view kRemove = "DELETE FROM schedule WHERE id = ?1";
constexpr std::string_view kOfHost = "SELECT id FROM schedule WHERE host_id = ?1";
constexpr std::string_view kOfEnvironment = "SELECT id FROM schedule WHERE environment_id = ?1 LIMIT ?2";
// A name that is taken over there is told apart by the id, which nobody has twice.
constexpr std::string_view kMoveHost =
    "UPDATE schedule SET environment_id = ?2, revision = revision + 1, name = CASE WHEN EXISTS"
    " (SELECT 1 FROM schedule other WHERE other.environment_id = ?2 AND other.name = schedule.name"
    " AND other.id <> schedule.id) THEN schedule.name || ' ' || substr(schedule.id, -6) ELSE schedule.name "
    "END"
    " WHERE host_id = ?1";
constexpr std::string_view kSettle =
    "UPDATE schedule SET settled_until = ?4, last_nominal = coalesce(?5, last_nominal),"
    " last_outcome = coalesce(?6, last_outcome), last_run_id = CASE WHEN ?5 IS NULL THEN last_run_id ELSE ?7 "
    "END"
    " WHERE id = ?1 AND revision = ?2 AND settled_until = ?3";
constexpr std::string_view kSetLast =
    "UPDATE schedule SET last_nominal = ?2, last_outcome = ?3, last_run_id = ?4"
    " WHERE id = ?1 AND (last_nominal IS NULL OR last_nominal <= ?2)";
constexpr std::string_view kNewestUntil =
    "SELECT nominal, outcome, run_id FROM ledger WHERE schedule_id = ?1 AND nominal <= ?2"
    " ORDER BY nominal DESC, fold DESC LIMIT 1";
constexpr std::string_view kResetLast =
    "UPDATE schedule SET last_nominal = ?2, last_outcome = ?3, last_run_id = ?4 WHERE id = ?1";
constexpr std::string_view kAllPending =
    "SELECT schedule_id, nominal, fold, attempt, next_attempt_at, last_error, created_at FROM pending_run";
constexpr std::string_view kFindPending =
    "SELECT schedule_id, nominal, fold, attempt, next_attempt_at, last_error, created_at FROM pending_run"
    " WHERE schedule_id = ?1";
constexpr std::string_view kPutPending =
    "INSERT INTO pending_run (schedule_id, nominal, fold, attempt, next_attempt_at, last_error, created_at)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (schedule_id) DO UPDATE SET nominal = ?2, fold = ?3,"
    " attempt = ?4, next_attempt_at = ?5, last_error = ?6, created_at = ?7";
constexpr std::string_view kRemovePending = "DELETE FROM pending_run WHERE schedule_id = ?1";

std::int64_t seconds(Instant instant) {
  return instant.time_since_epoch().count();
}
Instant instant(std::int64_t value) {
  return Instant(Seconds(value));
}

template <class E, std::size_t N>
std::optional<E> parse_name(const std::array<std::string_view, N>& names, const std::string& name) {
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) return std::nullopt;
  return static_cast<E>(found - names.begin());
}

std::optional<Schedule> schedule_of(const store::Row& row) {
  Schedule out;
  const auto id = ScheduleId::parse(row.text(0));
  const auto environment = EnvironmentId::parse(row.text(1));
  const auto misfire = parse_name<Misfire>(kMisfires, row.text(12));
  const auto overlap = parse_name<Overlap>(kOverlaps, row.text(15));
  if (!id || !environment || !misfire || !overlap) return std::nullopt;
  out.id = *id;
  ScheduleSettings& settings = out.settings;
  settings.name = row.text(2);
  settings.plan = row.text(3);
  settings.target = {row.text(4), row.text(5), row.text(6), *environment, std::nullopt};
  if (const auto host = row.optional_text(7)) settings.target.host = HostId::parse(*host);
  settings.parameters = row.text(8);
  settings.timing = row.text(9);
  settings.time_zone = row.text(10);
  settings.jitter = Millis(row.integer(11));
  settings.misfire = *misfire;
  settings.misfire_limit = static_cast<std::uint32_t>(row.integer(13));
  settings.catch_up = Millis(row.integer(14));
  settings.overlap = *overlap;
  settings.is_enabled = row.integer(16) != 0;
  settings.retry = {Millis(row.integer(17)), static_cast<std::uint32_t>(row.integer(18))};
  out.created_at = wall_from_unix_ms(row.integer(19));
  out.changed_at = wall_from_unix_ms(row.integer(20));
  out.revision = row.integer(21);
  out.settled_until = instant(row.integer(22));
  if (const auto nominal = row.optional_integer(23)) {
    const auto outcome = parse_outcome(row.text(24));
    if (outcome) out.last = LastDue{instant(*nominal), *outcome, {}};
    if (const auto run = row.optional_text(25); run && out.last) out.last->run = RunId::parse(*run);
  }
  return out;
}

PendingRun pending_of(const store::Row& row) {
  return {ScheduleId::parse(row.text(0)).value_or(ScheduleId()),
          instant(row.integer(1)),
          static_cast<std::int32_t>(row.integer(2)),
          static_cast<std::uint32_t>(row.integer(3)),
          wall_from_unix_ms(row.integer(4)),
          row.text(5),
          wall_from_unix_ms(row.integer(6))};
}

std::optional<std::string> text_of(const std::optional<HostId>& id) {
  return id ? std::optional(id->text()) : std::nullopt;
}

std::string_view name_of(Misfire misfire) {
  return kMisfires[static_cast<std::size_t>(misfire)];
}
std::string_view name_of(Overlap overlap) {
  return kOverlaps[static_cast<std::size_t>(overlap)];
}

std::vector<ScheduleId> ids(store::Session& session, std::string_view sql,
                            std::initializer_list<store::Param> parameters) {
  std::vector<ScheduleId> out;
  session.query(sql, parameters, [&](const store::Row& row) {
    if (const auto id = ScheduleId::parse(row.text(0))) out.push_back(*id);
  });
  return out;
}

}  // namespace

std::vector<Schedule> all(store::Session& session) {
  std::vector<Schedule> out;
  session.query(kAll, {}, [&](const store::Row& row) {
    if (auto one = schedule_of(row)) out.push_back(std::move(*one));
  });
  return out;
}

std::optional<Schedule> find(store::Session& session, const ScheduleId& id) {
  std::optional<Schedule> out;
  session.query(kFind, {id.text()}, [&](const store::Row& row) { out = schedule_of(row); });
  return out;
}

bool insert(store::Session& session, const Schedule& schedule) {
  const ScheduleSettings& settings = schedule.settings;
  const std::string id = schedule.id.text();
  const std::string environment = settings.target.environment.text();
  const auto host = text_of(settings.target.host);
  return session.execute(kInsert, {id,
                                   environment,
                                   settings.name,
                                   settings.plan,
                                   settings.target.kind,
                                   settings.target.id,
                                   settings.target.name,
                                   host,
                                   settings.parameters,
                                   settings.timing,
                                   settings.time_zone,
                                   settings.jitter.count(),
                                   name_of(settings.misfire),
                                   settings.misfire_limit,
                                   settings.catch_up.count(),
                                   name_of(settings.overlap),
                                   settings.is_enabled,
                                   settings.retry.backoff.count(),
                                   settings.retry.attempts,
                                   unix_ms(schedule.created_at),
                                   unix_ms(schedule.changed_at),
                                   seconds(schedule.settled_until)}) == 1;
}

Changed change(store::Session& session, const Schedule& schedule, std::int64_t revision,
               std::optional<Instant> settled_until) {
  const ScheduleSettings& settings = schedule.settings;
  const std::string id = schedule.id.text();
  const auto taken = session.query_one(kNameTaken, {settings.target.environment.text(), settings.name, id},
                                       [](const store::Row& row) { return row.integer(0); });
  if (taken.value_or(0) > 0) return Changed::name_taken;
  const auto from = settled_until ? std::optional(seconds(*settled_until)) : std::nullopt;
  const bool is_done =
      session.execute(kChange, {id, revision, settings.name, settings.parameters, settings.timing,
                                settings.time_zone, settings.jitter.count(), name_of(settings.misfire),
                                settings.misfire_limit, settings.catch_up.count(), name_of(settings.overlap),
                                settings.is_enabled, settings.retry.backoff.count(), settings.retry.attempts,
                                unix_ms(schedule.changed_at), from}) == 1;
  return is_done ? Changed::done : Changed::changed_meanwhile;
}

bool remove(store::Session& session, const ScheduleId& id) {
  return session.execute(kRemove, {id.text()}) == 1;
}

bool is_used_id(store::Session& session, const ScheduleId& id) {
  return session.query_one(kIsUsedId, {id.text()}, [](const store::Row& row) { return row.integer(0) != 0; })
      .value_or(false);
}

std::vector<ScheduleId> of_host(store::Session& session, const HostId& host) {
  return ids(session, kOfHost, {host.text()});
}

std::vector<ScheduleId> of_environment(store::Session& session, const EnvironmentId& environment,
                                       std::int64_t most) {
  return ids(session, kOfEnvironment, {environment.text(), most});
}

void move_host(store::Session& session, const HostId& host, const EnvironmentId& environment) {
  session.execute(kMoveHost, {host.text(), environment.text()});
}

bool settle(store::Session& session, const Schedule& before, Instant settled_until,
            const std::optional<LastDue>& last) {
  const auto nominal = last ? std::optional(seconds(last->nominal)) : std::nullopt;
  const auto outcome = last ? std::optional(std::string(outcome_name(last->outcome))) : std::nullopt;
  const auto run = last && last->run ? std::optional(last->run->text()) : std::nullopt;
  return session.execute(kSettle, {before.id.text(), before.revision, seconds(before.settled_until),
                                   seconds(settled_until), nominal, outcome, run}) == 1;
}

void set_last(store::Session& session, const ScheduleId& id, const LastDue& last) {
  const auto run = last.run ? std::optional(last.run->text()) : std::nullopt;
  session.execute(kSetLast, {id.text(), seconds(last.nominal), outcome_name(last.outcome), run});
}

std::optional<LastDue> reset_last(store::Session& session, const ScheduleId& id, Instant until) {
  std::optional<LastDue> last;
  session.query(kNewestUntil, {id.text(), seconds(until)}, [&](const store::Row& row) {
    const auto outcome = parse_outcome(row.text(1));
    if (!outcome) return;
    last = LastDue{instant(row.integer(0)), *outcome, {}};
    if (const auto run = row.optional_text(2)) last->run = RunId::parse(*run);
  });
  std::optional<std::int64_t> nominal;
  std::optional<std::string> outcome, run;
  if (last) {
    nominal = seconds(last->nominal);
    outcome = outcome_name(last->outcome);
    if (last->run) run = last->run->text();
  }
  session.execute(kResetLast, {id.text(), nominal, outcome, run});
  return last;
}

std::vector<PendingRun> all_pending(store::Session& session) {
  return session.query_all(kAllPending, {}, pending_of);
}

std::optional<PendingRun> find_pending(store::Session& session, const ScheduleId& schedule) {
  return session.query_one(kFindPending, {schedule.text()}, pending_of);
}

void put_pending(store::Session& session, const PendingRun& pending) {
  session.execute(kPutPending,
                  {pending.schedule.text(), seconds(pending.nominal), pending.fold, pending.attempt,
                   unix_ms(pending.next_attempt_at), pending.last_error, unix_ms(pending.created_at)});
}

bool remove_pending(store::Session& session, const ScheduleId& schedule) {
  return session.execute(kRemovePending, {schedule.text()}) == 1;
}

}  // namespace fettle::runs::schedule_repo
