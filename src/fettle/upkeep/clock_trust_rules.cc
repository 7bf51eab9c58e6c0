#include "fettle/upkeep/clock_trust_rules.h"

#include <algorithm>

namespace fettle::upkeep {

ClockTrust decide_trust(const ClockTrust& before, WallTime now) {
  ClockTrust after = before;
  after.seen_at = now;
  if (now - before.seen_at > kBelievedGap) {
    after.doubted_since = now;
    return after;
  }
  if (after.doubted_since && now < *after.doubted_since) {
    // It was put back: to where it should be, or to another time that nobody knows.
    after.doubted_since.reset();
    if (now - before.known_at > kBelievedGap) after.doubted_since = now;
  } else if (after.doubted_since && now - *after.doubted_since >= kProof) {
    after.doubted_since.reset();
  }
  if (!after.doubted_since) after.known_at = now;
  return after;
}

WallTime believed_time(const ClockTrust& trust) {
  return trust.doubted_since ? std::min(trust.known_at, trust.seen_at) : trust.seen_at;
}

}  // namespace fettle::upkeep
