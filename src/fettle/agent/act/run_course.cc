#include "fettle/agent/act/run_course.h"

#include <algorithm>

#include "fettle/base/check.h"
#include "fettle/base/text.h"

namespace fettle::agent {
namespace {

using wire::RunPhase;
using wire::StepPhase;

std::string bounded(std::string text) {
  if (text.size() <= wire::kMaxRunText) return text;
  return std::string(truncate_utf8(text, wire::kMaxRunText));
}

}  // namespace

RunCourse::RunCourse(const std::vector<std::string>& steps, LogLimits limits) : bound_(limits) {
  for (std::uint32_t i = 1; i <= steps.size(); ++i)
    steps_.push_back({.index = i, .phase = StepPhase::pending});
}

wire::StepReport& RunCourse::step(std::uint32_t index) {
  FETTLE_CHECK(index >= 1 && index <= steps_.size());
  return steps_[index - 1];
}

void RunCourse::mark(std::uint32_t index) {
  if (std::ranges::find(changed_, index) == changed_.end()) changed_.push_back(index);
}

void RunCourse::begin_step(std::uint32_t index, std::int64_t now_ms) {
  step(index).phase = StepPhase::running;
  step(index).started_at_ms = now_ms;
  mark(index);
}

void RunCourse::end_step(std::uint32_t index, StepEnd end, std::int64_t now_ms) {
  wire::StepReport& report = step(index);
  report.phase = end.phase;
  report.message = bounded(std::move(end.message));
  report.has_warning = end.has_warning;
  report.ended_at_ms = now_ms;
  if (end.exit_code) exit_code_ = end.exit_code;
  mark(index);
}

void RunCourse::set_deadline(std::uint32_t index, Seconds deadline) {
  step(index).deadline_s = static_cast<std::uint32_t>(deadline.count());
  mark(index);
}

void RunCourse::count(std::uint32_t index, const std::string& name, std::int64_t value) {
  auto& counters = step(index).counters;
  if (counters.size() >= wire::kMostCounters && !counters.contains(name)) return;
  counters[name] = value;
  mark(index);
}

void RunCourse::add_line(wire::RunLogLine line) {
  auto kept = bound_.add(std::move(line));
  if (!kept) return;
  line_bytes_ += kept->text.size() + LogBound::kPerLine;
  lines_.push_back(std::move(*kept));
}

void RunCourse::end_log() {
  for (wire::RunLogLine& line : bound_.end()) {
    line_bytes_ += line.text.size() + LogBound::kPerLine;
    lines_.push_back(std::move(line));
  }
}

wire::RunReport RunCourse::take_report(std::int64_t now_ms) {
  wire::RunReport report{.at_ms = now_ms, .phase = RunPhase::running};
  for (const std::uint32_t index : changed_) report.steps.push_back(step(index));
  changed_.clear();
  std::size_t bytes = 0;
  while (!lines_.empty() && report.log.size() < kMostLines) {
    const std::size_t size = lines_.front().text.size() + LogBound::kPerLine;
    if (!report.log.empty() && bytes + size > kMostLineBytes) break;
    bytes += size;
    report.log.push_back(std::move(lines_.front()));
    lines_.pop_front();
  }
  line_bytes_ -= bytes;
  is_begun_told_ = true;
  return report;
}

RunPhase RunCourse::phase_at_end() const {
  const auto has = [this](StepPhase phase) {
    return std::ranges::find(steps_, phase, &wire::StepReport::phase) != steps_.end();
  };
  if (has(StepPhase::failed)) return RunPhase::failed;
  if (has(StepPhase::cancelled)) return RunPhase::cancelled;
  const bool has_warning = std::ranges::any_of(steps_, &wire::StepReport::has_warning);
  return has_warning ? RunPhase::completed_with_warnings : RunPhase::completed;
}

std::string RunCourse::message_at_end() const {
  for (const wire::StepReport& report : steps_) {
    if (report.phase == StepPhase::failed) return report.message;
  }
  return steps_.size() == 1 ? steps_.front().message : std::string();
}

wire::RunReport interrupted_report(const std::vector<std::string>& steps,
                                   const std::vector<wire::StepReport>& known, std::string why,
                                   std::int64_t now_ms) {
  wire::RunReport report{.at_ms = now_ms, .phase = RunPhase::interrupted, .message = why};
  for (std::uint32_t i = 1; i <= std::max(steps.size(), known.size()); ++i) {
    wire::StepReport step{.index = i, .phase = StepPhase::pending};
    if (i <= known.size() && known[i - 1].index == i) step = known[i - 1];
    if (step.phase >= StepPhase::completed) continue;
    step.phase = step.phase == StepPhase::running ? StepPhase::failed : StepPhase::cancelled;
    step.message = why;
    if (step.started_at_ms > 0) step.ended_at_ms = now_ms;
    report.steps.push_back(std::move(step));
  }
  return report;
}

}  // namespace fettle::agent
