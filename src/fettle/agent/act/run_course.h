// One run while it is carried out: its steps as they stand, the lines that it wrote, and what of both has not
// been reported yet. Decides nothing and touches nothing. Pure.
#pragma once
#include <deque>
#include <string>
#include <vector>

#include "fettle/agent/act/log_bound.h"
#include "fettle/base/time.h"

namespace fettle::agent {

/// How a step ended.
struct StepEnd {
  wire::StepPhase phase = wire::StepPhase::completed;
  std::string message;
  bool has_warning = false;
  std::optional<std::int32_t> exit_code;  // of the program that was the step
};

class RunCourse {
 public:
  /// `steps` by name, in their order.
  explicit RunCourse(const std::vector<std::string>& steps, LogLimits limits = {});

  void begin_step(std::uint32_t index, std::int64_t now_ms);
  void end_step(std::uint32_t index, StepEnd end, std::int64_t now_ms);
  void set_deadline(std::uint32_t index, Seconds deadline);
  void count(std::uint32_t index, const std::string& name, std::int64_t value);
  void add_line(wire::RunLogLine line);
  /// The last lines of what was too much.
  void end_log();

  [[nodiscard]] bool has_news() const { return !is_begun_told_ || !changed_.empty() || !lines_.empty(); }
  [[nodiscard]] std::size_t unreported_bytes() const { return line_bytes_; }
  /// What is new, as much of it as one report holds; the rest stays for the next. Its number and its run are
  /// the caller's.
  wire::RunReport take_report(std::int64_t now_ms);
  [[nodiscard]] const std::vector<wire::StepReport>& steps() const { return steps_; }
  [[nodiscard]] std::optional<std::int32_t> exit_code() const { return exit_code_; }
  /// What the steps come to when nobody ended the run.
  [[nodiscard]] wire::RunPhase phase_at_end() const;
  [[nodiscard]] std::string message_at_end() const;

  static constexpr std::size_t kMostLines = 400;
  static constexpr std::size_t kMostLineBytes = 48UL * 1024;

 private:
  wire::StepReport& step(std::uint32_t index);
  void mark(std::uint32_t index);

  std::vector<wire::StepReport> steps_;
  std::vector<std::uint32_t> changed_;  // indexes
  std::deque<wire::RunLogLine> lines_;
  std::size_t line_bytes_ = 0;
  LogBound bound_;
  std::optional<std::int32_t> exit_code_;
  bool is_begun_told_ = false;
};

/// The last word on a run whose agent ended in the middle: what ran has failed, what waited is cancelled.
wire::RunReport interrupted_report(const std::vector<std::string>& steps,
                                   const std::vector<wire::StepReport>& known, std::string why,
                                   std::int64_t now_ms);

}  // namespace fettle::agent
