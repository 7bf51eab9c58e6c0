#include <algorithm>

#include "agent.pb.h"
#include "fettle/wire/messages.h"
#include "fettle/wire/run_proto.h"

namespace fettle::wire {
namespace {

namespace pb = fettle::wire::v1;

pb::RunPhase phase_number(RunPhase phase) {
  return static_cast<pb::RunPhase>(phase);  // the values are those of agent.proto
}
static_assert(static_cast<int>(RunPhase::interrupted) == pb::RUN_PHASE_INTERRUPTED);

pb::StepPhase phase_number(StepPhase phase) {
  return static_cast<pb::StepPhase>(phase);
}
static_assert(static_cast<int>(StepPhase::cancelled) == pb::STEP_PHASE_CANCELLED);

void put_step(const StepReport& from, pb::StepReport& to) {
  to.set_index(from.index);
  to.set_phase(phase_number(from.phase));
  to.set_message(clean_text(from.message, kMaxRunText));
  to.set_has_warning(from.has_warning);
  to.set_started_at_ms(from.started_at_ms);
  to.set_ended_at_ms(from.ended_at_ms);
  to.set_has_fraction(from.fraction.has_value());
  to.set_fraction(from.fraction.value_or(0));
  to.set_deadline_s(from.deadline_s);
  for (const auto& [name, value] : from.counters) {
    if (static_cast<std::size_t>(to.counters_size()) >= kMostCounters) break;
    pb::RunCounter& counter = *to.add_counters();
    counter.set_name(clean_text(name));
    counter.set_value(value);
  }
}

}  // namespace

void put_run(const RunOrder& from, pb::RunOrder& to) {
  to.set_run_id(clean_text(from.run_id));
  to.set_epoch(from.epoch);
  to.set_plan(clean_text(from.plan));
  to.set_parameters(clean_text(from.parameters, kMaxParameters));
  to.set_is_dry(from.is_dry);
  for (const std::string& step : from.steps) to.add_steps(clean_text(step));
  for (const std::string& step : from.skipped) to.add_skipped(clean_text(step));
  to.set_deadline_s(from.deadline_s);
  to.set_target(clean_text(from.target));
}

void put_run(const RunTaken& from, pb::RunTaken& to) {
  to.set_run_id(clean_text(from.run_id));
  to.set_epoch(from.epoch);
  to.set_refused(clean_text(from.refused, kMaxRunText));
}

void put_run(const RunCancel& from, pb::RunCancel& to) {
  to.set_run_id(clean_text(from.run_id));
  to.set_epoch(from.epoch);
}

void put_run(const RunReport& from, pb::RunReport& to) {
  to.set_run_id(clean_text(from.run_id));
  to.set_epoch(from.epoch);
  to.set_sequence(from.sequence);
  to.set_at_ms(from.at_ms);
  to.set_phase(phase_number(from.phase));
  to.set_message(clean_text(from.message, kMaxRunText));
  to.set_has_exit_code(from.exit_code.has_value());
  to.set_exit_code(from.exit_code.value_or(0));
  for (std::size_t i = 0; i < std::min(from.steps.size(), kMostSteps); ++i)
    put_step(from.steps[i], *to.add_steps());
  for (std::size_t i = 0; i < std::min(from.log.size(), kMostReportLines); ++i) {
    pb::RunLogLine& line = *to.add_log();
    line.set_at_ms(from.log[i].at_ms);
    line.set_level(from.log[i].level);
    line.set_step(from.log[i].step);
    line.set_text(clean_text(from.log[i].text, kMaxLineText));
  }
}

void put_run(const RunReportAck& from, pb::RunReportAck& to) {
  to.set_run_id(clean_text(from.run_id));
  to.set_epoch(from.epoch);
  to.set_sequence(from.sequence);
}

void put_run(const RunsHeld& from, pb::RunsHeld& to) {
  to.set_boot_id(clean_text(from.boot_id));
  for (std::size_t i = 0; i < std::min(from.runs.size(), kMostHeldRuns); ++i) {
    pb::HeldRun& run = *to.add_runs();
    run.set_run_id(clean_text(from.runs[i].run_id));
    run.set_epoch(from.runs[i].epoch);
    run.set_is_over(from.runs[i].is_over);
  }
  to.set_is_partial(from.is_partial);
}

void put_run(const RunOpened& from, pb::RunOpened& to) {
  to.set_run_id(clean_text(from.run_id));
  to.set_name(clean_text(from.name));
  to.set_command(clean_text(from.command, kMaxRunText));
  to.set_started_at_ms(from.started_at_ms);
  to.set_actor(clean_text(from.actor));
  to.set_expected(clean_text(from.expected, kMaxRunText));
  to.set_deadline_s(from.deadline_s);
}

void put_run(const HostCommands& from, pb::HostCommands& to) {
  for (std::size_t i = 0; i < std::min(from.names.size(), kMostHostCommands); ++i)
    to.add_names(clean_text(from.names[i], kMaxCommandName));
}

}  // namespace fettle::wire
