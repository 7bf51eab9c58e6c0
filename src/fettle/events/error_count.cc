#include "fettle/events/error_count.h"

namespace fettle::events {

void ErrorCount::add(const EnvironmentId& environment, WallTime at, std::uint64_t count) {
  const std::int64_t step = step_of(at);
  if (step < 0) return;
  Cell& cell = cells_[environment][static_cast<std::size_t>(step % kSteps)];
  if (cell.step > step) return;  // older than a day by now
  if (cell.step < step) cell = {.step = step, .count = 0};
  cell.count += count;
}

std::uint64_t ErrorCount::lately(const std::vector<EnvironmentId>& environments, WallTime now) const {
  const std::int64_t last = step_of(now);
  std::uint64_t sum = 0;
  for (const EnvironmentId& environment : environments) {
    const auto found = cells_.find(environment);
    if (found == cells_.end()) continue;
    for (const Cell& cell : found->second)
      if (cell.step > last - kSteps && cell.step <= last) sum += cell.count;
  }
  return sum;
}

}  // namespace fettle::events
