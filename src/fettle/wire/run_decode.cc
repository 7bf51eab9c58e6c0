#include <algorithm>
#include <cmath>

#include "agent.pb.h"
#include "fettle/wire/messages.h"
#include "fettle/wire/run_proto.h"

namespace fettle::wire {
namespace {

namespace pb = fettle::wire::v1;

std::int64_t wall_ms(std::int64_t ms) {
  return std::clamp(ms, kFirstUnixMs, kLastUnixMs);
}

bool take(const std::string& from, std::string& to, std::size_t limit = kMaxText) {
  if (from.size() > limit) return false;
  to = from;
  return true;
}

bool take_names(const google::protobuf::RepeatedPtrField<std::string>& from, std::vector<std::string>& to) {
  if (static_cast<std::size_t>(from.size()) > kMostSteps) return false;
  to.assign(from.begin(), from.end());
  return std::ranges::all_of(to, [](const std::string& name) { return name.size() <= kMaxText; });
}

RunPhase phase_value(int phase) {
  return pb::RunPhase_IsValid(phase) ? static_cast<RunPhase>(phase) : RunPhase::unknown;
}
StepPhase step_phase_value(int phase) {
  return pb::StepPhase_IsValid(phase) ? static_cast<StepPhase>(phase) : StepPhase::unknown;
}

bool get_step(const pb::StepReport& from, StepReport& to) {
  to.index = from.index();
  to.phase = step_phase_value(from.phase());
  to.deadline_s = from.deadline_s();
  to.has_warning = from.has_warning();
  to.started_at_ms = wall_ms(from.started_at_ms());
  to.ended_at_ms = wall_ms(from.ended_at_ms());
  if (from.has_fraction() && std::isfinite(from.fraction()))
    to.fraction = std::clamp(from.fraction(), 0.0, 1.0);
  if (static_cast<std::size_t>(from.counters_size()) > kMostCounters) return false;
  for (const pb::RunCounter& counter : from.counters()) {
    if (counter.name().size() > kMaxText) return false;
    to.counters[counter.name()] = counter.value();
  }
  return take(from.message(), to.message, kMaxRunText);
}

}  // namespace

bool get_run(const pb::RunOrder& from, RunOrder& to) {
  to.epoch = from.epoch();
  to.is_dry = from.is_dry();
  to.deadline_s = from.deadline_s();
  return take(from.run_id(), to.run_id) && take(from.plan(), to.plan) &&
         take(from.parameters(), to.parameters, kMaxParameters) && take_names(from.steps(), to.steps) &&
         take_names(from.skipped(), to.skipped) && take(from.target(), to.target);
}

bool get_run(const pb::RunTaken& from, RunTaken& to) {
  to.epoch = from.epoch();
  return take(from.run_id(), to.run_id) && take(from.refused(), to.refused, kMaxRunText);
}

bool get_run(const pb::RunCancel& from, RunCancel& to) {
  to.epoch = from.epoch();
  return take(from.run_id(), to.run_id);
}

bool get_run(const pb::RunReport& from, RunReport& to) {
  if (static_cast<std::size_t>(from.steps_size()) > kMostSteps) return false;
  if (static_cast<std::size_t>(from.log_size()) > kMostReportLines) return false;
  to.epoch = from.epoch();
  to.sequence = from.sequence();
  to.at_ms = wall_ms(from.at_ms());
  to.phase = phase_value(from.phase());
  if (from.has_exit_code()) to.exit_code = from.exit_code();
  to.steps.resize(static_cast<std::size_t>(from.steps_size()));
  for (int i = 0; i < from.steps_size(); ++i) {
    if (!get_step(from.steps(i), to.steps[static_cast<std::size_t>(i)])) return false;
  }
  to.log.resize(static_cast<std::size_t>(from.log_size()));
  for (int i = 0; i < from.log_size(); ++i) {
    RunLogLine& line = to.log[static_cast<std::size_t>(i)];
    line.at_ms = wall_ms(from.log(i).at_ms());
    line.level = std::min(from.log(i).level(), 3U);
    line.step = from.log(i).step();
    if (!take(from.log(i).text(), line.text, kMaxLineText)) return false;
  }
  return take(from.run_id(), to.run_id) && take(from.message(), to.message, kMaxRunText);
}

bool get_run(const pb::RunReportAck& from, RunReportAck& to) {
  to.epoch = from.epoch();
  to.sequence = from.sequence();
  return take(from.run_id(), to.run_id);
}

bool get_run(const pb::RunsHeld& from, RunsHeld& to) {
  to.is_partial = from.is_partial();
  if (static_cast<std::size_t>(from.runs_size()) > kMostHeldRuns) return false;
  to.runs.resize(static_cast<std::size_t>(from.runs_size()));
  for (int i = 0; i < from.runs_size(); ++i) {
    HeldRun& run = to.runs[static_cast<std::size_t>(i)];
    run.epoch = from.runs(i).epoch();
    run.is_over = from.runs(i).is_over();
    if (!take(from.runs(i).run_id(), run.run_id)) return false;
  }
  return take(from.boot_id(), to.boot_id);
}

bool get_run(const pb::RunOpened& from, RunOpened& to) {
  to.deadline_s = from.deadline_s();
  to.started_at_ms = wall_ms(from.started_at_ms());
  return take(from.run_id(), to.run_id) && take(from.name(), to.name) &&
         take(from.command(), to.command, kMaxRunText) && take(from.actor(), to.actor) &&
         take(from.expected(), to.expected, kMaxRunText);
}

bool get_run(const pb::HostCommands& from, HostCommands& to) {
  if (static_cast<std::size_t>(from.names_size()) > kMostHostCommands) return false;
  to.names.assign(from.names().begin(), from.names().end());
  return std::ranges::all_of(to.names,
                             [](const std::string& name) { return name.size() <= kMaxCommandName; });
}

}  // namespace fettle::wire
