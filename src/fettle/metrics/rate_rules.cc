#include "fettle/metrics/rate_rules.h"

#include <algorithm>
#include <limits>

namespace fettle::metrics {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t kWrap = std::int64_t{1} << 32;
// A wrap goes from the last quarter of the range to the first. A counter that starts again does so too in one
// case in sixteen, so the increase must also be one that a gigabit link can make: 10^9 / 8 bytes a second.
constexpr std::int64_t kWrapFrom = kWrap / 4 * 3;
constexpr std::int64_t kWrapTo = kWrap / 4;
constexpr std::int64_t kMaxWrapRate = 125'000'000;

}  // namespace

Interval decide_interval(const RowTime& before, const RowTime& after, std::int64_t elapsed_before_ms) {
  std::int64_t elapsed = 0;
  if (before.boot_id != after.boot_id ||
      __builtin_sub_overflow(after.monotonic_ms, before.monotonic_ms, &elapsed))
    return {};
  if (elapsed < kMinElapsedMs) return {};
  const std::int64_t interval =
      elapsed_before_ms > 0 ? std::min(elapsed_before_ms, kMaxIntervalMs) : kMaxIntervalMs;
  return {.elapsed_ms = elapsed, .is_gap = elapsed > std::max(3 * interval, kMinGapMs)};
}

std::int64_t counter_increase(std::int64_t before, std::int64_t after, const Interval& interval) {
  constexpr std::int64_t kUnknown = -1;
  if (before < 0 || after < 0 || interval.elapsed_ms <= 0 || interval.is_gap) return kUnknown;
  if (after >= before) return after - before;
  if (before >= kWrap || before < kWrapFrom || after >= kWrapTo) return kUnknown;
  const std::int64_t increase = after + kWrap - before;
  const bool is_credible = static_cast<double>(increase) * 1000 / static_cast<double>(interval.elapsed_ms) <=
                           static_cast<double>(kMaxWrapRate);
  return is_credible ? increase : kUnknown;
}

double counter_rate(std::int64_t before, std::int64_t after, const Interval& interval) {
  const std::int64_t increase = counter_increase(before, after, interval);
  return increase < 0 ? kNone
                      : static_cast<double>(increase) / (static_cast<double>(interval.elapsed_ms) / 1000);
}

}  // namespace fettle::metrics
