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
constexpr std::string_view kFindRequested =
    FETTLE_RUN_COLUMNS " run WHERE request_key = ?1 AND created_at >= ?2 ORDER BY sequence DESC LIMIT 1";
constexpr std::string_view kSetRequest = "UPDATE run SET request_key = ?2 WHERE id = ?1";
constexpr std::string_view kAllLive = FETTLE_RUN_COLUMNS " run WHERE is_live = 1 ORDER BY sequence";
constexpr std::string_view kNewestEnded =
    FETTLE_RUN_COLUMNS " run WHERE is_live = 0 ORDER BY sequence DESC LIMIT ?1";

// A list walks one index, from a place (?2) to the end of the walk (?3), and picks. The index is named: the
// planner might else go by the environment, past rows of all targets.
#define FETTLE_RUN_PICK                                                                                    \
  " AND sequence < ?2 AND sequence >= ?3 AND (?4 IS NULL OR host_id = ?4)"                                 \
  " AND (?5 IS NULL OR target_kind = ?5) AND (?6 IS NULL OR target_id = ?6) AND (?7 IS NULL OR plan = ?7)" \
  " AND (?8 IS NULL OR schedule_id = ?8) AND (?9 IS NULL OR ?9 LIKE '%,' || state || ',%')"                \
  " AND created_at >= ?10 AND created_at < ?11 ORDER BY sequence DESC LIMIT ?12"
#define FETTLE_RUN_OF_ANY " AND environment_id IN (SELECT value FROM json_each(?1))" FETTLE_RUN_PICK
#define FETTLE_RUN_WALK_END " AND sequence < ?2 ORDER BY sequence DESC LIMIT 1 OFFSET ?3"

/// ?1 of `pick` is an environment, or a JSON array of several. `end` has the place and the rows of a walk,
/// and what is walked in ?1 and ?4: the last row that is looked at, if there are so many.
struct Walk {
  std::string_view pick, end;
};
constexpr Walk kOfEnvironment{
    FETTLE_RUN_COLUMNS " run INDEXED BY run_by_environment WHERE environment_id = ?1" FETTLE_RUN_PICK,
    "SELECT sequence FROM run INDEXED BY run_by_environment WHERE environment_id = ?1" FETTLE_RUN_WALK_END};
constexpr Walk kOfLive{FETTLE_RUN_COLUMNS " run INDEXED BY run_live WHERE is_live = 1" FETTLE_RUN_OF_ANY,
                       "SELECT sequence FROM run INDEXED BY run_live WHERE is_live = 1" FETTLE_RUN_WALK_END};
constexpr Walk kOfHost{
    FETTLE_RUN_COLUMNS " run INDEXED BY run_by_host WHERE host_id = ?4" FETTLE_RUN_OF_ANY,
    "SELECT sequence FROM run INDEXED BY run_by_host WHERE host_id = ?1" FETTLE_RUN_WALK_END};
constexpr Walk kOfTarget{FETTLE_RUN_COLUMNS
                         " run INDEXED BY run_by_target WHERE target_kind = ?5 AND target_id = "
                         "?6" FETTLE_RUN_OF_ANY,
                         "SELECT sequence FROM run INDEXED BY run_by_target WHERE target_kind = ?1 AND "
                         "target_id = ?4" FETTLE_RUN_WALK_END};
constexpr Walk kOfSchedule{
    FETTLE_RUN_COLUMNS " run INDEXED BY run_by_schedule WHERE schedule_id = ?8" FETTLE_RUN_OF_ANY,
    "SELECT sequence FROM run INDEXED BY run_by_schedule WHERE schedule_id = ?1" FETTLE_RUN_WALK_END};

#undef FETTLE_RUN_COLUMNS
#undef FETTLE_RUN_PICK
#undef FETTLE_RUN_OF_ANY
#undef FETTLE_RUN_WALK_END

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
constexpr std::string_view kMoveHost =
    "UPDATE run INDEXED BY run_live SET environment_id = ?2 WHERE is_live = 1 AND host_id = ?1";

constexpr std::string_view kInsertStep =
    "INSERT INTO run_step (run_id, number, name, title, state, message, started_at, deadline_s)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
constexpr std::string_view kUpdateStep =
    "UPDATE run_step SET state = ?3, message = ?4, has_warning = ?5, started_at = ?6, ended_at = ?7,"
    " counters = ?8, deadline_s = ?9 WHERE run_id = ?1 AND number = ?2";
constexpr std::string_view kSteps =
    "SELECT number, name, title, state, message, has_warning, started_at, ended_at, counters, deadline_s"
    " FROM run_step"
    " WHERE run_id = ?1 ORDER BY number";

constexpr std::string_view kReported = "SELECT reported FROM run WHERE id = ?1";
constexpr std::string_view kSetReported = "UPDATE run SET reported = ?2 WHERE id = ?1";

/// Rows that one list looks at: some tens of milliseconds. Of each environment at least so many.
constexpr std::int64_t kMostWalked = 20'000;
constexpr std::int64_t kLeastWalked = 500;

struct StoredRun {
  std::int64_t sequence = 0;
  Run run;
};

std::optional<std::int64_t> seconds_of(const std::optional<Seconds>& span) {
  if (!span) return std::nullopt;
  return span->count();
}

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
  if (!row.is_null(9)) step.deadline = Seconds(row.integer(9));
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

/// Where a walk ends: the last row that it looks at; 0: there are not so many.
std::int64_t walk_end(store::Session& session, const Walk& walk, std::int64_t before, std::int64_t most,
                      const std::string& first, const std::optional<std::string>& second = {}) {
  std::vector<store::Param> params{first, before, most - 1};
  if (second) params.emplace_back(*second);
  std::int64_t end = 0;
  const std::function<void(const store::Row&)> row = [&](const store::Row& last) { end = last.integer(0); };
  session.run(walk.end, params, &row);
  return end;
}

/// What a walk found, the newest first, and its end.
struct Found {
  std::vector<StoredRun> runs;
  std::int64_t end = 0;
};

/// The values of a question as they are bound.
struct Bound {
  std::int64_t before, most, from, to;
  std::optional<std::string> host, schedule, states;
};

Bound bind(const Question& question) {
  return {.before = question.before.value_or(INT64_MAX),
          .most = static_cast<std::int64_t>(question.limit) + 1,  // one more tells whether there is more
          .from = question.from ? unix_ms(*question.from) : INT64_MIN,
          .to = question.to ? unix_ms(*question.to) : INT64_MAX,
          .host = text_of(question.host),
          .schedule = text_of(question.schedule),
          .states = state_list(question)};
}

std::vector<StoredRun> pick(store::Session& session, const Walk& walk, const std::string& environments,
                            std::int64_t end, const Question& question, const Bound& bound) {
  return session.query_all(
      walk.pick,
      {environments, bound.before, end, bound.host, question.target_kind, question.target_id, question.plan,
       bound.schedule, bound.states, bound.from, bound.to, bound.most},
      read_run);
}

/// One walk for all environments.
Found find_by_other(store::Session& session, const Question& question, const Bound& bound) {
  const Walk* walk = &kOfLive;
  std::string first;
  std::optional<std::string> second;
  if (question.is_live_only) {
  } else if (bound.schedule) {
    walk = &kOfSchedule;
    first = *bound.schedule;
  } else if (question.target_kind && question.target_id) {
    walk = &kOfTarget;
    first = *question.target_kind;
    second = question.target_id;
  } else {
    walk = &kOfHost;
    first = *bound.host;
  }
  Found out;
  out.end = walk_end(session, *walk, bound.before, kMostWalked, first, second);
  std::string environments = "[";
  for (const EnvironmentId& environment : question.environments) {
    if (environments.size() > 1) environments += ',';
    environments += '"' + environment.text() + '"';
  }
  out.runs = pick(session, *walk, environments + "]", out.end, question, bound);
  return out;
}

/// One walk for each environment, merged. What lies behind the end of any of them belongs to the next list.
Found find_by_environment(store::Session& session, const Question& question, const Bound& bound) {
  const auto share = kMostWalked / std::max<std::int64_t>(1, std::ssize(question.environments));
  const std::int64_t most_walked = std::max(kLeastWalked, share);
  Found out;
  for (const EnvironmentId& environment : question.environments) {
    const std::string id = environment.text();
    const std::int64_t end = walk_end(session, kOfEnvironment, bound.before, most_walked, id);
    auto part = pick(session, kOfEnvironment, id, std::max(end, out.end), question, bound);
    // A full part ends before its walk does.
    if (std::ssize(part) < bound.most) out.end = std::max(out.end, end);
    std::ranges::move(part, std::back_inserter(out.runs));
  }
  std::ranges::sort(out.runs, std::ranges::greater{}, &StoredRun::sequence);
  std::erase_if(out.runs, [&](const StoredRun& stored) { return stored.sequence < out.end; });
  return out;
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

std::optional<Run> find_requested(store::Session& session, const std::string& request, WallTime since) {
  return with_steps(session, session.query_one(kFindRequested, {request, unix_ms(since)}, read_run));
}

void set_request(store::Session& session, const RunId& id, const std::string& request) {
  session.execute(kSetRequest, {id.text(), request});
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
                                  step.message, ms_of(step.started_at), seconds_of(step.deadline)});
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
    session.execute(kUpdateStep, {id, step.index, state_name(step.state), step.message, step.has_warning,
                                  ms_of(step.started_at), ms_of(step.ended_at), counters_json(step.counters),
                                  seconds_of(step.deadline)});
  }
  return true;
}

bool request_cancel(store::Session& session, const RunId& id, WallTime at, const std::string& by) {
  return session.execute(kRequestCancel, {id.text(), unix_ms(at), by}) > 0;
}

void move_host(store::Session& session, const HostId& host, const EnvironmentId& to) {
  session.execute(kMoveHost, {host.text(), to.text()});
}

store::MovingRows moving_runs() {
  return store::moving_rows("run", "run_by_host", "host_id");
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
  const bool is_narrow = question.is_live_only || question.schedule || question.host ||
                         (question.target_kind && question.target_id);
  const Bound bound = bind(question);
  Found found =
      is_narrow ? find_by_other(session, question, bound) : find_by_environment(session, question, bound);
  Answer out;
  const bool has_more = found.runs.size() > question.limit;
  for (StoredRun& stored : found.runs) {
    if (out.runs.size() == question.limit) break;
    add_steps(session, stored.run);
    out.runs.push_back(std::move(stored.run));
    out.next = stored.sequence;
  }
  if (has_more) return out;
  out.next.reset();
  if (found.end > 0) out.next = found.end;
  return out;
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
