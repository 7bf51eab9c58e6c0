#include "fettle/agent/act/log_bound.h"

#include <utility>

namespace fettle::agent {
namespace {

constexpr std::uint32_t kWarning = 2;

}  // namespace

std::optional<wire::RunLogLine> LogBound::add(wire::RunLogLine line) {
  const std::size_t size = cost(line);
  if (last_.empty() && dropped_lines_ == 0 && used_ + size <= limits_.first_bytes) {
    used_ += size;
    return line;
  }
  last_bytes_ += size;
  last_.push_back(std::move(line));
  while (last_bytes_ > limits_.last_bytes) {
    last_bytes_ -= cost(last_.front());
    ++dropped_lines_;
    dropped_bytes_ += last_.front().text.size();
    last_.pop_front();
  }
  return std::nullopt;
}

std::deque<wire::RunLogLine> LogBound::end() {
  auto lines = std::exchange(last_, {});
  last_bytes_ = 0;
  if (dropped_lines_ > 0) {
    const std::int64_t at = lines.empty() ? 0 : lines.front().at_ms;
    const std::uint32_t step = lines.empty() ? 0 : lines.front().step;
    lines.push_front({.at_ms = at,
                      .level = kWarning,
                      .step = step,
                      .text = "(" + std::to_string(dropped_lines_) + " lines with " +
                              std::to_string(dropped_bytes_) + " bytes were too much and are not kept)"});
  }
  return lines;
}

}  // namespace fettle::agent
