// How far the wall clock is believed where something is to go for its age: a machine that starts in 2036 and
// is put right a minute later must not have removed what is ten years old only for that minute. Pure.
#pragma once
#include <optional>

#include "fettle/base/time.h"

namespace fettle::upkeep {

/// A clock that goes forward by more than this between two looks may be wrong; or nobody looked for that
/// long.
inline constexpr Seconds kBelievedGap{24 * 3'600};
/// It is believed when it has gone on for this long without being put back.
inline constexpr Seconds kProof{24 * 3'600};

struct ClockTrust {
  WallTime known_at;  // the last time that nobody doubts
  WallTime seen_at;   // what the clock said at the last look
  std::optional<WallTime> doubted_since;
  friend bool operator==(const ClockTrust&, const ClockTrust&) = default;
};

/// One more look at the clock.
ClockTrust decide_trust(const ClockTrust& before, WallTime now);
/// What ages are computed from: never later than the clock says.
WallTime believed_time(const ClockTrust& trust);

}  // namespace fettle::upkeep
