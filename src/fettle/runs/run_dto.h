// A run as the API gives it and as the stream carries it: one shape, one schema ("Run").
#pragma once
#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <vector>

#include "fettle/base/json.h"
#include "fettle/runs/run.h"
#include "fettle/runs/run_log_json.h"

namespace fettle::runs {

BOOST_DESCRIBE_ENUM(RunState, queued, dispatched, running, completed, completed_with_warnings, failed,
                    cancelled, interrupted, abandoned)
BOOST_DESCRIBE_ENUM(StepState, pending, running, completed, failed, skipped, cancelled)

struct RunTargetDto {
  std::string kind, id, name;
};
BOOST_DESCRIBE_STRUCT(RunTargetDto, (), (kind, id, name))

struct RunActorDto {
  std::string kind, id, name;
};
BOOST_DESCRIBE_STRUCT(RunActorDto, (), (kind, id, name))

/// `done` counts every step that is over, so that a run with skipped steps reaches `total`.
struct RunProgressDto {
  std::int64_t done = 0, total = 0;
  std::optional<std::int64_t> current_index;
  std::optional<std::string> current_title;
  std::optional<double> fraction;
};
BOOST_DESCRIBE_STRUCT(RunProgressDto, (), (done, total, current_index, current_title, fraction))

struct RunStepCountsDto {
  std::int64_t completed = 0, failed = 0, skipped = 0, cancelled = 0, pending = 0, running = 0;
};
BOOST_DESCRIBE_STRUCT(RunStepCountsDto, (), (completed, failed, skipped, cancelled, pending, running))

struct RunStepDto {
  std::int64_t index = 0;
  std::string name, title;
  StepState state = StepState::pending;
  std::string message;
  bool has_warning = false;
  std::optional<WallTime> started_at, ended_at;
  std::optional<std::int64_t> elapsed_ms;
  std::optional<std::int64_t> deadline_s;  // after that it is ended
  std::optional<double> fraction;
  Counters counters;
};
BOOST_DESCRIBE_STRUCT(RunStepDto, (),
                      (index, name, title, state, message, has_warning, started_at, ended_at, elapsed_ms,
                       deadline_s, fraction, counters))

/// When its host expects such a run (fettle exec --expect).
struct RunExpectedDto {
  std::string timing;
  std::string sentence;  // empty where it cannot be understood
  std::string time_zone;
  std::optional<std::string> fault;  // why it is not watched
};
BOOST_DESCRIBE_STRUCT(RunExpectedDto, (), (timing, sentence, time_zone, fault))

struct RunDto {
  RunId id;
  EnvironmentId environment_id;
  std::string plan, title;
  RunTargetDto target;
  std::optional<HostId> host_id;
  RunState state = RunState::queued;
  bool is_live = true;
  bool dry_run = false;
  RunActorDto actor;
  std::optional<ScheduleId> schedule_id;
  std::optional<WallTime> nominal_at;
  std::optional<RunId> rerun_of;
  WallTime created_at;
  std::optional<WallTime> started_at, ended_at;
  std::optional<std::int64_t> duration_ms;
  std::optional<WallTime> cancel_requested_at;
  std::optional<std::string> cancelled_by;
  std::string message;
  std::optional<std::int32_t> exit_code;
  std::optional<RunExpectedDto> expected;
  RunProgressDto progress;
  RunStepCountsDto step_counts;
  Counters counters;
  std::optional<std::vector<RunStepDto>> steps;  // null in lists and in what the stream says
};
BOOST_DESCRIBE_STRUCT(RunDto, (),
                      (id, environment_id, plan, title, target, host_id, state, is_live, dry_run, actor,
                       schedule_id, nominal_at, rerun_of, created_at, started_at, ended_at, duration_ms,
                       cancel_requested_at, cancelled_by, message, exit_code, expected, progress, step_counts,
                       counters, steps))

/// What the stream says of a run at each change of it or of a step: the run without its steps, and one step.
/// On the topic "runs" that is its present one; on "run:<id>" each step that changed comes by itself.
struct RunUpdateDto {
  EnvironmentId environment_id;
  RunDto run;
  std::optional<RunStepDto> step;
};
BOOST_DESCRIBE_STRUCT(RunUpdateDto, (), (environment_id, run, step))

struct RunLogDto {
  RunId run_id;
  std::vector<RunLogLineDto> lines;
};
BOOST_DESCRIBE_STRUCT(RunLogDto, (), (run_id, lines))

/// The present step of the server's own run.
struct MaintenanceProgressDto {
  RunId run_id;
  std::string step;
  std::int64_t index = 0, total = 0;
  StepState state = StepState::pending;
  std::string message;
  Counters counters;
  std::optional<double> fraction;
  std::int64_t elapsed_ms = 0;  // since the run began
};
BOOST_DESCRIBE_STRUCT(MaintenanceProgressDto, (),
                      (run_id, step, index, total, state, message, counters, fraction, elapsed_ms))

struct MaintenanceCompleteDto {
  RunId run_id;
  RunState state = RunState::completed;
  std::int64_t duration_ms = 0;
  RunStepCountsDto step_counts;
  Counters counters;
};
BOOST_DESCRIBE_STRUCT(MaintenanceCompleteDto, (), (run_id, state, duration_ms, step_counts, counters))

enum class WithSteps : std::uint8_t { yes, no };
RunDto run_dto(const Run& run, WallTime now, WithSteps with_steps);

/// `step`: of this run; may be null.
std::string run_update_json(const Run& run, const Step* step, WallTime now);
std::string run_log_json(const RunId& id, const std::vector<NumberedLine>& lines);
std::string maintenance_progress_json(const Run& run, const Step& step, WallTime now);
std::string maintenance_complete_json(const Run& run, WallTime now);

}  // namespace fettle::runs
