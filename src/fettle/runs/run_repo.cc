#include "fettle/runs/run_repo.h"

#include <algorithm>

#include "fettle/base/check.h"
#include "fettle/runs/run_json.h"

namespace fettle::runs::run_repo {
namespace {

#define FETTLE_RUN_COLUMNS                                                                                 \
  "SELECT sequence, id, environment_id, plan, title, target_kind, target_id, target_name, host_id, state," \
  " holds_lock, is_dry, actor_kind, actor_id, actor_name, parameters, schedule_id, nominal_at, fold,"      \
  " rerun_of, created_at, started_at, ended_at, cancel_requested_at, cancelled_by, epoch, message,"        \
  " exit_code, dropped_lines FROM"

constexpr std::string_view kFind = FETTLE_RUN_COLUMNS " run WHERE id = ?1";
constexpr std::string_view kFindOccurrence =
    FETTLE_RUN_COLUMNS " run WHERE schedule_id = ?1 AND nominal_at = ?2 AND fold = ?3";
constexpr std::string_view kAllLive = FETTLE_RUN_COLUMNS " run WHERE is_live = 1 ORDER BY sequence";
constexpr std::string_view kNewestEnded =
    FETTLE_RUN_COLUMNS " run WHERE is_live = 0 ORDER BY sequence DESC LIMIT ?1";

// The inner part walks an index and ends after so many rows; the outer one picks.
#define FETTLE_RUN_WALK " AND environment_id = ?1 AND sequence < ?2 ORDER BY sequence DESC LIMIT ?3)"
#define FETTLE_RUN_PICK                                                                                    \
  " WHERE (?4 IS NULL OR host_id = ?4) AND (?5 IS NULL OR target_kind = ?5)"                               \
  " AND (?6 IS NULL OR target_id = ?6) AND (?7 IS NULL OR plan = ?7) AND (?8 IS NULL OR schedule_id = ?8)" \
  " AND (?9 IS NULL OR ?9 LIKE '%,' || state || ',%') AND created_at >= ?10 AND created_at < ?11"          \
  " ORDER BY sequence DESC LIMIT ?12"
constexpr std::string_view kList =
    FETTLE_RUN_COLUMNS " (SELECT * FROM run WHERE 1 = 1" FETTLE_RUN_WALK FETTLE_RUN_PICK;
constexpr std::string_view kListLive =
    FETTLE_RUN_COLUMNS " (SELECT * FROM run WHERE is_live = 1" FETTLE_RUN_WALK FETTLE_RUN_PICK;
constexpr std::string_view kListOfHost =
    FETTLE_RUN_COLUMNS " (SELECT * FROM run WHERE host_id = ?4" FETTLE_RUN_WALK FETTLE_RUN_PICK;
constexpr std::string_view kListOfTarget = FETTLE_RUN_COLUMNS
    " (SELECT * FROM run WHERE target_kind = ?5 AND target_id = ?6" FETTLE_RUN_WALK FETTLE_RUN_PICK;
constexpr std::string_view kListOfSchedule =
    FETTLE_RUN_COLUMNS " (SELECT * FROM run WHERE schedule_id = ?8" FETTLE_RUN_WALK FETTLE_RUN_PICK;

#undef FETTLE_RUN_COLUMNS
#undef FETTLE_RUN_WALK
#undef FETTLE_RUN_PICK

/// The last row that a walk of the list looks at, when there are more behind it.
constexpr std::string_view kWalkEnd =
    "SELECT sequence FROM run WHERE environment_id = ?1 AND sequence < ?2 ORDER BY sequence DESC LIMIT 1 "
    "OFFSET ?3";

constexpr std::string_view kHolder =
    "SELECT id FROM run WHERE target_kind = ?1 AND target_id = ?2 AND is_live = 1 AND holds_lock = 1";
constexpr std::string_view kInsert =
    "INSERT INTO run (id, environment_id, plan, title, target_kind, target_id, target_name, host_id, state,"
    " is_live, holds_lock, is_dry, actor_kind, actor_id, actor_name, parameters, schedule_id, nominal_at, "
    "fold,"
    " rerun_of, created_at, started_at, ended_at, epoch, message)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21,"
    " ?22, ?23, ?24, ?25)";
constexpr std::string_view kUpdate =
    "UPDATE run SET state = ?2, is_live = ?3, started_at = ?4, ended_at = ?5, message = ?6, exit_code = ?7,"
    " epoch = ?8, dropped_lines = ?9, cancelled_by = CASE WHEN cancelled_by = '' THEN ?10 ELSE cancelled_by "
    "END"
    " WHERE id = ?1 AND is_live = 1";
constexpr std::string_view kRequestCancel =
    "UPDATE run SET cancel_requested_at = ?2, cancelled_by = ?3"
    " WHERE id = ?1 AND is_live = 1 AND cancel_requested_at IS NULL";
constexpr std::string_view kPlaceOfHost = "SELECT environment_id FROM host WHERE id = ?1";
constexpr std::string_view kMoveHost = "UPDATE run SET environment_id = ?2 WHERE host_id = ?1";

constexpr std::string_view kInsertStep =
    "INSERT INTO run_step (run_id, number, name, title, state, message, started_at)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
constexpr std::string_view kUpdateStep =
    "UPDATE run_step SET state = ?3, message = ?4, has_warning = ?5, started_at = ?6, ended_at = ?7,"
    " counters = ?8 WHERE run_id = ?1 AND number = ?2";
constexpr std::string_view kSteps =
    "SELECT number, name, title, state, message, has_warning, started_at, ended_at, counters FROM run_step"
    " WHERE run_id = ?1 ORDER BY number";

constexpr std::string_view kReported = "SELECT reported FROM run WHERE id = ?1";
constexpr std::string_view kSetReported = "UPDATE run SET reported = ?2 WHERE id = ?1";

// A target with more runs than are kept, then those of it that are too many.
constexpr std::string_view kCrowdedTargets =
    "SELECT target_kind, target_id FROM run WHERE is_live = 0 GROUP BY target_kind, target_id"
    " HAVING count(*) > ?1 LIMIT ?2";
constexpr std::string_view kRemoveBeyond =
    "DELETE FROM run WHERE sequence IN (SELECT sequence FROM run WHERE target_kind = ?1 AND target_id = ?2"
    " AND is_live = 0 ORDER BY sequence DESC LIMIT ?4 OFFSET ?3)";

constexpr std::string_view kCountBeyond =
    "SELECT coalesce(sum(ended), 0), coalesce(sum(max(ended - ?1, 0)), 0), min(oldest) FROM"
    " (SELECT count(*) AS ended, min(created_at) AS oldest FROM run WHERE is_live = 0 GROUP BY target_kind,"
    " target_id)";
constexpr std::string_view kBeyond =
    "SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY target_kind, target_id ORDER BY sequence "
    "DESC) AS"
    " place FROM run WHERE is_live = 0) WHERE place > ?1 LIMIT ?2";
constexpr std::string_view kRemoveOne = "DELETE FROM run WHERE id = ?1 AND is_live = 0 AND ?2 > 0";

/// Rows that one list looks at in each environment: some tens of milliseconds.
constexpr std::int64_t kMostWalked = 20'000;

struct StoredRun {
  std::int64_t sequence = 0;
  Run run;
};

/// What is written here is checked; what is read here was.
template <class T>
T expect_stored(std::optional<T> value) {
  FETTLE_CHECK(value, "a run that this module did not write");
  return *value;
}

std::optional<WallTime> time_at(const store::Row& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return wall_from_unix_ms(row.integer(column));
}

std::optional<std::int64_t> ms_of(const std::optional<WallTime>& time) {
  if (!time) return std::nullopt;
  return unix_ms(*time);
}

template <class T>
std::optional<std::string> text_of(const std::optional<T>& id) {
  if (!id) return std::nullopt;
  return id->text();
}

StoredRun read_run(const store::Row& row) {
  StoredRun out;
  out.sequence = row.integer(0);
  Run& run = out.run;
  run.id = expect_stored(RunId::parse(row.text(1)));
  run.target.environment = expect_stored(EnvironmentId::parse(row.text(2)));
  run.plan = row.text(3);
  run.title = row.text(4);
  run.target.kind = row.text(5);
  run.target.id = row.text(6);
  run.target.name = row.text(7);
  if (!row.is_null(8)) run.target.host = expect_stored(HostId::parse(row.text(8)));
  run.state = expect_stored(parse_run_state(row.text(9)));
  run.holds_lock = row.integer(10) != 0;
  run.is_dry = row.integer(11) != 0;
  run.actor = {row.text(12), row.text(13), row.text(14), {}};
  run.parameters = row.text(15);
  if (!row.is_null(16)) {
    run.occurrence =
        Occurrence{expect_stored(ScheduleId::parse(row.text(16))), wall_from_unix_ms(row.integer(17)),
                   static_cast<std::int32_t>(row.integer(18))};
  }
  if (!row.is_null(19)) run.rerun_of = expect_stored(RunId::parse(row.text(19)));
  run.created_at = wall_from_unix_ms(row.integer(20));
  run.started_at = time_at(row, 21);
  run.ended_at = time_at(row, 22);
  run.cancel_requested_at = time_at(row, 23);
  run.cancelled_by = row.text(24);
  run.epoch = static_cast<std::uint64_t>(row.integer(25));
  run.message = row.text(26);
  if (!row.is_null(27)) run.exit_code = static_cast<std::int32_t>(row.integer(27));
  run.dropped_lines = row.integer(28);
  return out;
}

Step read_step(const store::Row& row) {
  Step step;
  step.index = static_cast<std::uint32_t>(row.integer(0));
  step.name = row.text(1);
  step.title = row.text(2);
  step.state = expect_stored(parse_step_state(row.text(3)));
  step.message = row.text(4);
  step.has_warning = row.integer(5) != 0;
  step.started_at = time_at(row, 6);
  step.ended_at = time_at(row, 7);
  auto counters = parse_counters(row.text(8));
  FETTLE_CHECK(counters, "counters that this module did not write");
  step.counters = std::move(*counters);
  return step;
}

void add_steps(store::Session& session, Run& run) {
  run.steps = session.query_all(kSteps, {run.id.text()}, read_step);
}

std::optional<Run> with_steps(store::Session& session, std::optional<StoredRun> stored) {
  if (!stored) return std::nullopt;
  add_steps(session, stored->run);
  return std::move(stored->run);
}

std::optional<std::string> state_list(const Question& question) {
  if (question.states.empty()) return std::nullopt;
  std::string out = ",";
  for (const RunState state : question.states) out.append(state_name(state)).append(",");
  return out;
}

std::string_view statement_for(const Question& question) {
  if (question.is_live_only) return kListLive;
  if (question.schedule) return kListOfSchedule;
  if (question.target_kind && question.target_id) return kListOfTarget;
  if (question.host) return kListOfHost;
  return kList;
}

}  // namespace

std::optional<RunId> find_holder(store::Session& session, const std::string& target_kind,
                                 const std::string& target_id) {
  return session.query_one(kHolder, {target_kind, target_id},
                           [](const store::Row& row) { return expect_stored(RunId::parse(row.text(0))); });
}

std::optional<Run> find(store::Session& session, const RunId& id) {
  return with_steps(session, session.query_one(kFind, {id.text()}, read_run));
}

std::optional<Run> find_of(store::Session& session, const Occurrence& occurrence) {
  return with_steps(session, session.query_one(kFindOccurrence,
                                               {occurrence.schedule.text(), unix_ms(occurrence.nominal),
                                                static_cast<std::int64_t>(occurrence.fold)},
                                               read_run));
}

void insert(store::Session& session, const Run& run) {
  FETTLE_CHECK(!run.id.is_nil() && !run.target.environment.is_nil(), "a run without id");
  std::optional<std::int64_t> nominal;
  if (run.occurrence) nominal = unix_ms(run.occurrence->nominal);
  std::optional<std::string> schedule;
  if (run.occurrence) schedule = run.occurrence->schedule.text();
  session.execute(kInsert, {run.id.text(),
                            run.target.environment.text(),
                            run.plan,
                            run.title,
                            run.target.kind,
                            run.target.id,
                            run.target.name,
                            text_of(run.target.host),
                            state_name(run.state),
                            run.is_live(),
                            run.holds_lock,
                            run.is_dry,
                            run.actor.kind,
                            run.actor.id,
                            run.actor.name,
                            run.parameters,
                            schedule,
                            nominal,
                            static_cast<std::int64_t>(run.occurrence ? run.occurrence->fold : 0),
                            text_of(run.rerun_of),
                            unix_ms(run.created_at),
                            ms_of(run.started_at),
                            ms_of(run.ended_at),
                            static_cast<std::int64_t>(run.epoch),
                            run.message});
  for (const Step& step : run.steps) {
    session.execute(kInsertStep, {run.id.text(), step.index, step.name, step.title, state_name(step.state),
                                  step.message, ms_of(step.started_at)});
  }
}

bool update(store::Session& session, const Run& run, std::span<const Step> steps) {
  const std::string id = run.id.text();
  std::optional<std::int64_t> exit_code;
  if (run.exit_code) exit_code = *run.exit_code;
  const std::int64_t changed =
      session.execute(kUpdate, {id, state_name(run.state), run.is_live(), ms_of(run.started_at),
                                ms_of(run.ended_at), run.message, exit_code,
                                static_cast<std::int64_t>(run.epoch), run.dropped_lines, run.cancelled_by});
  if (changed == 0) return false;
  for (const Step& step : steps) {
    session.execute(kUpdateStep,
                    {id, step.index, state_name(step.state), step.message, step.has_warning,
                     ms_of(step.started_at), ms_of(step.ended_at), counters_json(step.counters)});
  }
  return true;
}

bool request_cancel(store::Session& session, const RunId& id, WallTime at, const std::string& by) {
  return session.execute(kRequestCancel, {id.text(), unix_ms(at), by}) > 0;
}

void move_host(store::Session& session, const HostId& host, const EnvironmentId& to) {
  session.execute(kMoveHost, {host.text(), to.text()});
}

std::optional<EnvironmentId> place_of_host(store::Session& session, const HostId& host) {
  const auto text = session.query_one(kPlaceOfHost, {host.text()},
                                      [](const store::Row& row) { return std::string(row.text(0)); });
  return text ? EnvironmentId::parse(*text) : std::nullopt;
}

std::vector<Run> all_live(store::Session& session) {
  std::vector<Run> out;
  for (StoredRun& stored : session.query_all(kAllLive, {}, read_run)) {
    add_steps(session, stored.run);
    out.push_back(std::move(stored.run));
  }
  return out;
}

std::vector<Run> newest_ended(store::Session& session, std::int64_t most) {
  return session.query_all(kNewestEnded, {most},
                           [](const store::Row& row) { return std::move(read_run(row).run); });
}

Answer list(store::Session& session, const Question& question) {
  const std::int64_t before = question.before.value_or(INT64_MAX);
  const auto most = static_cast<std::int64_t>(question.limit) + 1;  // one more tells whether there is more
  const auto states = state_list(question);
  const auto host = text_of(question.host);
  const auto schedule = text_of(question.schedule);
  const std::int64_t from = question.from ? unix_ms(*question.from) : INT64_MIN;
  const std::int64_t to = question.to ? unix_ms(*question.to) : INT64_MAX;
  const std::string_view statement = statement_for(question);
  // One question for each environment, then merged. What lies behind the end of any walk belongs to the next
  // list.
  std::vector<StoredRun> found;
  std::int64_t end = 0;
  for (const EnvironmentId& environment : question.environments) {
    const std::string id = environment.text();
    auto part = session.query_all(statement,
                                  {id, before, kMostWalked, host, question.target_kind, question.target_id,
                                   question.plan, schedule, states, from, to, most},
                                  read_run);
    if (statement == kList && std::ssize(part) < most) {
      const auto last = session.query_one(kWalkEnd, {id, before, kMostWalked - 1},
                                          [](const store::Row& row) { return row.integer(0); });
      if (last) end = std::max(end, *last);
    }
    std::ranges::move(part, std::back_inserter(found));
  }
  std::ranges::sort(found, std::ranges::greater{}, &StoredRun::sequence);
  std::erase_if(found, [end](const StoredRun& stored) { return stored.sequence < end; });
  Answer out;
  const bool has_more = found.size() > question.limit;
  for (StoredRun& stored : found) {
    if (out.runs.size() == question.limit) break;
    add_steps(session, stored.run);
    out.runs.push_back(std::move(stored.run));
    out.next = stored.sequence;
  }
  if (!has_more) {
    out.next.reset();
    if (end > 0) out.next = end;
  }
  return out;
}

std::int64_t remove_beyond(store::Session& session, std::int64_t keep, std::int64_t most) {
  constexpr std::int64_t kTargetsAtOnce = 20;
  struct Crowded {
    std::string kind, id;
  };
  std::int64_t removed = 0;
  for (const Crowded& target :
       session.query_all(kCrowdedTargets, {keep, kTargetsAtOnce},
                         [](const store::Row& row) { return Crowded{row.text(0), row.text(1)}; })) {
    if (removed >= most) break;
    removed += session.execute(kRemoveBeyond, {target.kind, target.id, keep, most - removed});
  }
  return removed;
}

Beyond count_beyond(store::Session& session, std::int64_t keep) {
  Beyond out;
  session.query(kCountBeyond, {keep}, [&](const store::Row& row) {
    out = {row.integer(0), row.integer(1), row.optional_integer(2)};
  });
  return out;
}

std::vector<std::string> beyond(store::Session& session, std::int64_t keep, std::int64_t most) {
  return session.query_all(kBeyond, {keep, most}, [](const store::Row& row) { return row.text(0); });
}

std::string_view remove_sql() {
  return kRemoveOne;
}

std::uint64_t reported(store::Session& session, const RunId& id) {
  return static_cast<std::uint64_t>(
      session.query_one(kReported, {id.text()}, [](const store::Row& row) { return row.integer(0); })
          .value_or(0));
}

void set_reported(store::Session& session, const RunId& id, std::uint64_t sequence) {
  session.execute(kSetReported, {id.text(), static_cast<std::int64_t>(sequence)});
}

}  // namespace fettle::runs::run_repo
