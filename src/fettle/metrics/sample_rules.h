// Pure decisions about one sample before it is filed: at which time it is shown, and whether it is newer than
// what is known of its host.
#pragma once
#include <cstdint>

#include "fettle/metrics/sample.h"

namespace fettle::metrics {

/// A clock may be ahead of the server's by this much (T9).
inline constexpr std::int64_t kMaxAheadMs = 5 * 60'000;

struct SampleTime {
  std::int64_t at_ms = 0;   // what is shown
  bool is_flagged = false;  // the host's clock was not believed
};
/// The host's wall clock, or the server's receive time when the host's is more than 5 minutes ahead or before
/// 1970.
SampleTime decide_sample_time(std::int64_t sampled_at_ms, std::int64_t received_at_ms);

/// The newest sample of a host, as far as order needs it.
struct Newest {
  wire::Position position;
  std::int64_t at_ms = 0, monotonic_ms = 0;
  bool is_same_boot = false;  // as the sample that is judged
};
/// A sample that was taken later is at most this much behind by the boot clock.
inline constexpr std::int64_t kMaxLateMs = 60'000;
/// True when the boot clock went back in the middle of a boot: a machine that was rolled back to a snapshot
/// of its memory. What it counts went back too, so that this is another boot in all but its id.
bool is_rewound(const Newest& newest, const wire::Position& position, std::int64_t monotonic_ms);
/// False for a replay from before `newest`. Within one boot of the machine its boot clock decides, across
/// boots the position, and the time shown where positions are equal: a wall clock that was set back makes
/// nothing old.
bool is_newer(const Newest& newest, const wire::Position& position, const SampleTime& time,
              std::int64_t monotonic_ms);

}  // namespace fettle::metrics
