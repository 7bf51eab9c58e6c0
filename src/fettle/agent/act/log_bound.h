// How much of a run's output is kept: the beginning, and the end; what lies between is counted. Pure.
#pragma once
#include <cstdint>
#include <deque>
#include <optional>

#include "fettle/wire/run_messages.h"

namespace fettle::agent {

struct LogLimits {
  std::size_t first_bytes = 4UL * 1024 * 1024;
  std::size_t last_bytes = 256UL * 1024;
};

class LogBound {
 public:
  explicit LogBound(LogLimits limits = {}) : limits_(limits) {}

  /// The line, when it is to be kept now; else it waits among the last ones.
  std::optional<wire::RunLogLine> add(wire::RunLogLine line);
  /// At the end: the last lines, behind one that says how many are missing.
  std::deque<wire::RunLogLine> end();
  [[nodiscard]] std::uint64_t dropped_lines() const { return dropped_lines_; }
  [[nodiscard]] std::uint64_t dropped_bytes() const { return dropped_bytes_; }

  /// What a line costs beside its text.
  static constexpr std::size_t kPerLine = 32;

 private:
  static std::size_t cost(const wire::RunLogLine& line) { return line.text.size() + kPerLine; }
  const LogLimits limits_;
  std::size_t used_ = 0;
  std::deque<wire::RunLogLine> last_;
  std::size_t last_bytes_ = 0;
  std::uint64_t dropped_lines_ = 0, dropped_bytes_ = 0;
};

}  // namespace fettle::agent
