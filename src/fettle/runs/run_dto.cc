#include "fettle/runs/run_dto.h"

#include <algorithm>

#include "fettle/base/json_codec.h"
#include "fettle/runs/cron_rules.h"
#include "fettle/runs/expectation_rules.h"
#include "fettle/runs/run_rules.h"

namespace fettle::runs {
namespace {

std::int64_t ms_between(WallTime from, WallTime to) {
  return std::max<std::int64_t>(unix_ms(to) - unix_ms(from), 0);  // a clock may have been set back
}

RunStepDto step_dto(const Step& step, WallTime now) {
  RunStepDto out{step.index,      step.name,     step.title,   step.state,   step.message,  step.has_warning,
                 step.started_at, step.ended_at, std::nullopt, std::nullopt, step.fraction, step.counters};
  if (step.deadline) out.deadline_s = step.deadline->count();
  if (step.started_at) out.elapsed_ms = ms_between(*step.started_at, step.ended_at.value_or(now));
  return out;
}

RunStepCountsDto counts_dto(const StepCounts& counts) {
  return {counts.completed, counts.failed, counts.skipped, counts.cancelled, counts.pending, counts.running};
}

RunProgressDto progress_dto(const Run& run, const StepCounts& counts) {
  RunProgressDto out;
  out.done = counts.over();
  out.total = std::ssize(run.steps);
  const auto current = std::ranges::find(run.steps, StepState::running, &Step::state);
  if (current != run.steps.end()) {
    out.current_index = current->index;
    out.current_title = current->title;
  }
  out.fraction = fraction_of(run);
  return out;
}

std::optional<RunExpectedDto> expected_dto(const Run& run) {
  const auto times = expected_times(run);
  if (!times) return std::nullopt;
  RunExpectedDto out{times->timing, {}, times->zone, {}};
  if (const auto timing = parse_expected(*times)) {
    out.time_zone = expected_zone(*times, *timing);
    out.sentence = timing_sentence(*timing, out.time_zone);
  } else {
    out.fault = timing.error();
  }
  return out;
}

}  // namespace

RunDto run_dto(const Run& run, WallTime now, WithSteps with_steps) {
  RunDto out;
  out.id = run.id;
  out.environment_id = run.target.environment;
  out.plan = run.plan;
  out.title = run.title;
  out.target = {run.target.kind, run.target.id, run.target.name};
  out.host_id = run.target.host;
  out.state = run.state;
  out.is_live = run.is_live();
  out.dry_run = run.is_dry;
  out.actor = {run.actor.kind, run.actor.id, run.actor.name};
  if (run.occurrence) {
    out.schedule_id = run.occurrence->schedule;
    out.nominal_at = run.occurrence->nominal;
  }
  out.rerun_of = run.rerun_of;
  out.created_at = run.created_at;
  out.started_at = run.started_at;
  out.ended_at = run.ended_at;
  if (run.started_at) out.duration_ms = ms_between(*run.started_at, run.ended_at.value_or(now));
  out.cancel_requested_at = run.cancel_requested_at;
  if (!run.cancelled_by.empty()) out.cancelled_by = run.cancelled_by;
  out.message = run.message;
  out.exit_code = run.exit_code;
  out.expected = expected_dto(run);
  const StepCounts counts = count_steps(run);
  out.progress = progress_dto(run, counts);
  out.step_counts = counts_dto(counts);
  out.counters = sum_counters(run);
  if (with_steps == WithSteps::yes) {
    out.steps.emplace();
    for (const Step& step : run.steps) out.steps->push_back(step_dto(step, now));
  }
  return out;
}

std::string run_update_json(const Run& run, const Step* step, WallTime now) {
  RunUpdateDto out{run.target.environment, run_dto(run, now, WithSteps::no), std::nullopt};
  if (step != nullptr) out.step = step_dto(*step, now);
  return to_json(out);
}

std::string run_log_json(const RunId& id, const std::vector<NumberedLine>& lines) {
  RunLogDto out{id, {}};
  for (const NumberedLine& line : lines) out.lines.push_back(run_log_line_dto(line));
  return to_json(out);
}

std::string maintenance_progress_json(const Run& run, const Step& step, WallTime now) {
  return to_json(MaintenanceProgressDto{run.id, step.name, step.index, std::ssize(run.steps), step.state,
                                        step.message, step.counters, step.fraction,
                                        run.started_at ? ms_between(*run.started_at, now) : 0});
}

std::string maintenance_complete_json(const Run& run, WallTime now) {
  return to_json(MaintenanceCompleteDto{
      run.id, run.state, run.started_at ? ms_between(*run.started_at, run.ended_at.value_or(now)) : 0,
      counts_dto(count_steps(run)), sum_counters(run)});
}

}  // namespace fettle::runs

FETTLE_JSON(fettle::runs::RunDto)
FETTLE_JSON(fettle::runs::RunUpdateDto)
FETTLE_JSON(fettle::runs::RunLogDto)
FETTLE_JSON(fettle::runs::MaintenanceProgressDto)
FETTLE_JSON(fettle::runs::MaintenanceCompleteDto)
