// How long to wait before the next attempt: exponential with full jitter, so that a thousand agents that lost
// one server do not come back in step.
#pragma once
#include <algorithm>
#include <cstdint>

#include "fettle/base/time.h"

namespace fettle {

struct BackoffRange {
  Millis least{1'000};
  Millis most{30'000};
};

/// `attempt` counts failures from 0; `unit` is uniform in [0, 1). Uniform between `least` and
/// least * 2^(attempt + 1), the latter at most `most`.
constexpr Millis backoff_delay(std::uint32_t attempt, double unit, BackoffRange range = {}) {
  std::int64_t ceiling = range.least.count();
  for (std::uint32_t i = 0; i <= attempt && ceiling < range.most.count(); ++i) ceiling *= 2;
  ceiling = std::min<std::int64_t>(ceiling, range.most.count());
  const double spread = static_cast<double>(ceiling - range.least.count());
  return range.least + Millis(static_cast<std::int64_t>(unit * spread));
}

}  // namespace fettle
