// How fast the heartbeats of one host may go from one series set to another: each change writes the set into
// the journal and begins a block in memory. Who changes faster is read more slowly, and loses nothing. Shared
// by all links of a host. Pure.
#pragma once
#include <algorithm>
#include <cstddef>

#include "fettle/base/time.h"

namespace fettle::fleet {

/// Series that come and go with each heartbeat of a host that is looked at (1 s) are the most that a real one
/// has; such a set of 500 series takes 20 KiB.
inline constexpr Seconds kSetEvery{1};
inline constexpr std::size_t kSetBytesPerSecond = 64 * 1024;
/// So much may come at once: heartbeats that waited on a host have their changes close together.
inline constexpr Seconds kSetsAhead{64};

class SetPace {
 public:
  /// Notes a change to a set of so many bytes, and says when to read on.
  MonoTime note(std::size_t set_bytes, MonoTime now) {
    constexpr std::size_t kNanos = 1'000'000'000;
    const Nanos cost =
        std::max<Nanos>(kSetEvery, Nanos(static_cast<std::int64_t>(set_bytes * kNanos / kSetBytesPerSecond)));
    paid_until_ = std::max(paid_until_, now) + cost;
    return paid_until_ - kSetsAhead;
  }

 private:
  MonoTime paid_until_;
};

}  // namespace fettle::fleet
