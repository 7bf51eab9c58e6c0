#include "fettle/metrics/sample_rules.h"

namespace fettle::metrics {

SampleTime decide_sample_time(std::int64_t sampled_at_ms, std::int64_t received_at_ms) {
  const bool is_credible = sampled_at_ms >= 0 && sampled_at_ms - kMaxAheadMs <= received_at_ms;
  if (is_credible) return {.at_ms = sampled_at_ms, .is_flagged = false};
  return {.at_ms = received_at_ms < 0 ? 0 : received_at_ms, .is_flagged = true};
}

bool is_rewound(const Newest& newest, const wire::Position& position, std::int64_t monotonic_ms) {
  if (!newest.is_same_boot || position <= newest.position || monotonic_ms >= newest.monotonic_ms)
    return false;
  std::int64_t behind = 0;
  return __builtin_sub_overflow(newest.monotonic_ms, monotonic_ms, &behind) || behind > kMaxLateMs;
}

bool is_newer(const Newest& newest, const wire::Position& position, const SampleTime& time,
              std::int64_t monotonic_ms) {
  if (newest.is_same_boot) return monotonic_ms >= newest.monotonic_ms;
  if (position != newest.position) return position > newest.position;
  return time.at_ms >= newest.at_ms;
}

}  // namespace fettle::metrics
