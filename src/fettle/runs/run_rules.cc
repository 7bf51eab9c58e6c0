#include "fettle/runs/run_rules.h"

#include <algorithm>

#include "fettle/base/json_value.h"

namespace fettle::runs {
namespace {

constexpr std::string_view kNotPart = "not part of this run";

std::string steps_text(std::int64_t count) {
  return std::to_string(count) + (count == 1 ? " step" : " steps");
}

const Step* first_in(const Run& run, StepState state) {
  const auto at = std::ranges::find(run.steps, state, &Step::state);
  return at == run.steps.end() ? nullptr : &*at;
}

std::string failure_text(const Run& run, std::int64_t failed) {
  const Step* step = first_in(run, StepState::failed);
  std::string text = step->title + ": " + step->message;
  if (failed > 1) text += " (and " + steps_text(failed - 1) + " more)";
  return text;
}

}  // namespace

std::vector<Step> make_steps(const Plan& plan, const std::vector<std::string>& only) {
  std::vector<Step> steps;
  for (const PlanTask& task : plan.tasks) {
    Step step;
    step.index = static_cast<std::uint32_t>(steps.size()) + 1;
    step.name = task.name;
    step.title = task.title;
    if (!plan.is_on_host) step.deadline = task.deadline;  // a host has its own
    if (!only.empty() && std::ranges::find(only, task.name) == only.end()) {
      step.state = StepState::skipped;
      step.message = kNotPart;
    }
    steps.push_back(std::move(step));
  }
  return steps;
}

RunEnd decide_end(const Run& run) {
  const StepCounts counts = count_steps(run);
  if (counts.cancelled > 0) {
    std::string message = run.cancelled_by.empty() ? "cancelled" : "cancelled by " + run.cancelled_by;
    if (counts.failed > 0) message += "; " + steps_text(counts.failed) + " had failed before";
    return {RunState::cancelled, std::move(message)};
  }
  if (counts.failed > 0) return {RunState::failed, failure_text(run, counts.failed)};
  for (const Step& step : run.steps)
    if (step.has_warning) return {RunState::completed_with_warnings, step.title + ": " + step.message};
  return {RunState::completed, {}};
}

bool end_step_early(Step& step, RunState end, WallTime at, const std::string& why) {
  if (is_over(step.state)) return false;
  const bool was_running = step.state == StepState::running;
  step.state = was_running && end != RunState::cancelled ? StepState::failed : StepState::cancelled;
  step.message = was_running ? why : "not begun: " + why;
  if (was_running) step.ended_at = at;
  step.fraction.reset();
  return true;
}

bool is_partial(const Run& run) {
  // Of one that was read without its steps nobody knows.
  return run.rerun_of && (run.steps.empty() || std::ranges::any_of(run.steps, [](const Step& step) {
                            return step.state == StepState::skipped && step.message == kNotPart;
                          }));
}

std::vector<std::string> unfinished_steps(const Run& run) {
  std::vector<std::string> names;
  for (const Step& step : run.steps)
    if (step.state != StepState::completed && step.state != StepState::skipped) names.push_back(step.name);
  return names;
}

StepCounts count_steps(const Run& run) {
  StepCounts counts;
  for (const Step& step : run.steps) {
    switch (step.state) {
      case StepState::pending:
        ++counts.pending;
        break;
      case StepState::running:
        ++counts.running;
        break;
      case StepState::completed:
        ++counts.completed;
        break;
      case StepState::failed:
        ++counts.failed;
        break;
      case StepState::skipped:
        ++counts.skipped;
        break;
      case StepState::cancelled:
        ++counts.cancelled;
        break;
    }
  }
  return counts;
}

Counters sum_counters(const Run& run) {
  Counters sums;
  for (const Step& step : run.steps) {
    for (const auto& [name, value] : step.counters) {
      const auto [at, is_new] = sums.try_emplace(name, value);
      if (is_new) continue;
      if (name.starts_with("oldest")) {
        at->second = std::min(at->second, value);
      } else if (name.starts_with("newest")) {
        at->second = std::max(at->second, value);
      } else if (__builtin_add_overflow(at->second, value, &at->second)) {
        at->second = INT64_MAX;  // a host may say what it likes
      }
    }
  }
  return sums;
}

std::optional<double> fraction_of(const Run& run) {
  if (run.steps.empty()) return std::nullopt;
  double done = static_cast<double>(count_steps(run).over());
  for (const Step& step : run.steps)
    if (step.state == StepState::running) done += step.fraction.value_or(0);
  return std::clamp(done / static_cast<double>(run.steps.size()), 0.0, 1.0);
}

Verdict verdict_of(const Run& run) {
  if (run.is_dry) return Verdict::nothing;
  switch (run.state) {
    case RunState::queued:
    case RunState::dispatched:
    case RunState::running:
    case RunState::cancelled:
      return Verdict::nothing;
    case RunState::completed:
    case RunState::completed_with_warnings:
      return run.steps.empty() || count_steps(run).completed > 0 ? Verdict::good : Verdict::nothing;
    case RunState::failed:
    case RunState::interrupted:
    case RunState::abandoned:
      return Verdict::bad;
  }
  return Verdict::nothing;
}

std::string work_name(const Run& run) {
  const auto node = parse_json(run.parameters);
  if (!node || node->kind != JsonNode::Kind::object) return {};
  for (const JsonNode& member : node->items)
    if (member.name == "name" && member.kind == JsonNode::Kind::string) return member.text;
  return {};
}

Seconds hang_limit(const Plan& plan) {
  Seconds sum{60};
  for (const PlanTask& task : plan.tasks) sum += task.deadline + task.deadline / 2;
  return sum;
}

bool hangs(const LiveRun& live, MonoTime now) {
  if (live.cancel_wanted && now - *live.cancel_wanted > kCancelLimit) return true;
  return live.plan != nullptr && now - live.began > hang_limit(*live.plan);
}

}  // namespace fettle::runs
