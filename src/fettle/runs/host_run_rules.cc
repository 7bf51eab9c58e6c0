#include "fettle/runs/host_run_rules.h"

#include <algorithm>

#include "fettle/base/json.h"
#include "fettle/base/text.h"
#include "fettle/runs/expectation_rules.h"
#include "fettle/runs/run_rules.h"

namespace fettle::runs {
namespace {

std::optional<StepState> state_of(wire::StepPhase phase) {
  switch (phase) {
    case wire::StepPhase::unknown:
      return std::nullopt;
    case wire::StepPhase::pending:
      return StepState::pending;
    case wire::StepPhase::running:
      return StepState::running;
    case wire::StepPhase::completed:
      return StepState::completed;
    case wire::StepPhase::failed:
      return StepState::failed;
    case wire::StepPhase::skipped:
      return StepState::skipped;
    case wire::StepPhase::cancelled:
      return StepState::cancelled;
  }
  return std::nullopt;
}

/// A phase of a newer agent counts as running.
RunState state_of(wire::RunPhase phase) {
  switch (phase) {
    case wire::RunPhase::unknown:
    case wire::RunPhase::running:
      return RunState::running;
    case wire::RunPhase::completed:
      return RunState::completed;
    case wire::RunPhase::completed_with_warnings:
      return RunState::completed_with_warnings;
    case wire::RunPhase::failed:
      return RunState::failed;
    case wire::RunPhase::cancelled:
      return RunState::cancelled;
    case wire::RunPhase::interrupted:
      return RunState::interrupted;
  }
  return RunState::running;
}

std::optional<WallTime> time_of(std::int64_t ms) {
  if (ms <= 0) return std::nullopt;
  return wall_from_unix_ms(ms);
}

/// How long an event and a log are kept goes by these times, so a clock that was never set, or is years
/// ahead, has no say: then it is the time at which we heard. What steps and lines say is shown as it came.
WallTime believable(std::int64_t said_ms, WallTime earliest, WallTime now) {
  constexpr std::chrono::minutes kTolerance{1};
  const WallTime said = time_of(said_ms).value_or(now);
  return said < earliest - kTolerance || said > now + kTolerance ? now : said;
}

void note_step(HostRunChange& change, std::uint32_t index) {
  if (std::ranges::find(change.steps, index) == change.steps.end()) change.steps.push_back(index);
}

void apply_step(HostRunChange& change, const wire::StepReport& report) {
  if (report.index == 0 || report.index > change.run.steps.size()) return;
  Step& step = change.run.steps[report.index - 1];
  if (is_over(step.state)) return;  // what has ended has ended
  if (const auto state = state_of(report.phase)) step.state = *state;
  step.message = report.message;
  step.has_warning = report.has_warning;
  if (const auto at = time_of(report.started_at_ms)) step.started_at = at;
  if (const auto at = time_of(report.ended_at_ms)) step.ended_at = at;
  step.fraction = is_over(step.state) ? std::nullopt : report.fraction;
  step.counters = report.counters;
  if (report.deadline_s > 0) step.deadline = Seconds(report.deadline_s);
  note_step(change, report.index);
}

void end_steps(HostRunChange& change, WallTime at, const std::string& why) {
  for (Step& step : change.run.steps)
    if (end_step_early(step, change.run.state, at, why)) note_step(change, step.index);
}

LogLevel level_of(std::uint32_t level) {
  return static_cast<LogLevel>(std::min<std::uint32_t>(level, static_cast<std::uint32_t>(LogLevel::error)));
}

}  // namespace

void apply_taken(HostRunChange& change, const wire::RunTaken& taken, WallTime now) {
  Run& run = change.run;
  if (taken.epoch != run.epoch || run.state != RunState::queued) return;
  change.is_changed = true;
  if (taken.refused.empty()) {
    run.state = RunState::dispatched;
    return;
  }
  run.ended_at = now;
  if (run.cancel_requested_at) {  // nobody wanted it any more
    run.state = RunState::cancelled;
    run.message = cancelled_text(run);
    return end_steps(change, now, run.message);
  }
  run.state = RunState::failed;
  run.message = "the agent refused it: " + taken.refused;
  end_steps(change, now, "the agent refused the run");
  change.lines.push_back({now, LogLevel::error, 0, run.message, {}});
}

void apply_report(HostRunChange& change, const wire::RunReport& report, WallTime now) {
  Run& run = change.run;
  if (!run.is_live() || report.epoch != run.epoch) return;
  change.is_changed = true;
  change.reported = report.sequence;
  const WallTime at = believable(report.at_ms, run.created_at, now);
  for (const wire::StepReport& step : report.steps) apply_step(change, step);
  for (const wire::RunLogLine& line : report.log) {
    change.lines.push_back(
        {time_of(line.at_ms).value_or(now), level_of(line.level), line.step, line.text, {}});
  }
  run.state = state_of(report.phase);
  if (!run.started_at) run.started_at = at;
  if (!report.message.empty()) run.message = report.message;
  if (report.exit_code) run.exit_code = report.exit_code;
  if (run.is_live()) return;
  run.ended_at = std::max(at, *run.started_at);
  end_steps(change, *run.ended_at, run.message.empty() ? "the run ended" : run.message);
  // A step that failed makes no run that went well, whoever says so.
  const bool says_good = run.state == RunState::completed || run.state == RunState::completed_with_warnings;
  if (says_good && count_steps(run).failed > 0) run.state = RunState::failed;
  if (run.message.empty()) run.message = decide_end(run).message;
}

void apply_end(HostRunChange& change, const HostRunEnd& end, WallTime now) {
  Run& run = change.run;
  if (!run.is_live()) return;
  change.is_changed = true;
  run.state = end.state;
  run.message = end.why;
  run.ended_at = now;
  ++run.epoch;
  end_steps(change, now, end.why);
  change.lines.push_back({now, LogLevel::warning, 0, end.why, {}});
}

ReportFate decide_report(const Run& run, std::uint64_t received, const wire::RunReport& report) {
  if (!run.is_live() || report.epoch < run.epoch) return ReportFate::acknowledge;
  if (report.epoch > run.epoch) return ReportFate::pass_over;  // nobody has ordered that
  // An agent that ended before its disk took what it had told counts on from what is there: its last word may
  // have a number that something else had. Nothing comes after a last word.
  if (report.sequence <= received)
    return is_final(state_of(report.phase)) ? ReportFate::apply : ReportFate::acknowledge;
  return report.sequence == received + 1 ? ReportFate::apply : ReportFate::pass_over;
}

bool names(const wire::RunsHeld& held, const Run& run) {
  const std::string id = run.id.text();
  return std::ranges::any_of(
      held.runs, [&](const wire::HeldRun& one) { return one.run_id == id && one.epoch == run.epoch; });
}

HeldFate decide_held(const Run& run, const wire::RunsHeld& held) {
  const bool is_unwanted = run.cancel_requested_at.has_value();
  if (names(held, run)) return is_unwanted ? HeldFate::cancel : HeldFate::goes_on;
  // What did not fit may be there all the same: it says so itself, by its reports or its answers.
  if (held.is_partial && is_unwanted) return HeldFate::cancel;
  if (held.is_partial && run.state != RunState::queued) return HeldFate::goes_on;
  if (run.state != RunState::queued) return HeldFate::lost;
  return is_unwanted ? HeldFate::cancelled : HeldFate::order_again;
}

Run make_opened(const wire::RunOpened& opened, const RunId& id, const fleet::Host& host, WallTime now) {
  // What ran before its host was enrolled may be told, what ran long before may not.
  constexpr std::chrono::hours kBeforeEnrolment{24};
  constexpr std::size_t kLongestName = 128;
  std::string name = escape_control(truncate_utf8(opened.name, kLongestName));
  if (name.empty()) name = "command";
  Run run;
  run.id = id;
  run.plan = "exec";
  run.title = name;
  run.target = {std::string(kCommandTarget), host.id.text() + "/" + name, host.name + " / " + name,
                host.environment, host.id};
  run.state = RunState::running;
  run.holds_lock = false;
  run.actor = {"host", host.id.text(), opened.actor.empty() ? host.name : opened.actor, {}};
  run.parameters = R"({"command":)";
  append_json_string(run.parameters, opened.command);
  if (!opened.expected.empty()) {
    run.parameters += R"(,"expected":)" + expected_times_json(read_expected_times(opened.expected));
  }
  run.parameters += '}';
  run.created_at = believable(opened.started_at_ms, host.enrolled_at - kBeforeEnrolment, now);
  run.started_at = run.created_at;
  Step step;
  step.index = 1;
  step.name = "command";
  step.title = opened.command.empty() ? name : std::string(truncate_utf8(opened.command, kLongestName));
  step.state = StepState::running;
  step.started_at = run.started_at;
  if (opened.deadline_s > 0) step.deadline = Seconds(opened.deadline_s);
  run.steps.push_back(std::move(step));
  return run;
}

std::string cancelled_text(const Run& run) {
  return run.cancelled_by.empty() ? "cancelled" : "cancelled by " + run.cancelled_by;
}

wire::RunOrder make_order(const Run& run, Seconds deadline) {
  wire::RunOrder order;
  order.run_id = run.id.text();
  order.epoch = run.epoch;
  order.plan = run.plan;
  order.target = run.target.kind + "/" + run.target.id;
  order.parameters = run.parameters;
  order.is_dry = run.is_dry;
  order.deadline_s = static_cast<std::uint32_t>(deadline.count());
  for (const Step& step : run.steps) {
    order.steps.push_back(step.name);
    if (step.state == StepState::skipped) order.skipped.push_back(step.name);
  }
  return order;
}

}  // namespace fettle::runs
