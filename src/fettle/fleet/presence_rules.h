// Presence is the server's to say (T6). Pure: the caller owns clock, store and wire.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "fettle/base/time.h"
#include "fettle/fleet/host.h"

namespace fettle::fleet {

/// Late after two intervals, offline after three and at least this long, so that a host watched at 1 s does
/// not flap.
inline constexpr int kLateIntervals = 2;
inline constexpr int kOfflineIntervals = 3;
inline constexpr Seconds kOfflineAtLeast{15};
/// So much longer for who has not been heard since the server started or was away: its agent may have begun
/// the longest pause between two tries (T5) a moment before.
inline constexpr Seconds kLongestPause{30};
/// A sweep that is later than this many of its intervals says that the server was away.
inline constexpr int kAwaySweeps = 3;
/// Beyond this a host's clock is flagged.
inline constexpr Millis kClockSkewLimit{30'000};

struct PresenceFacts {
  HostState state = HostState::waiting;
  std::string reason;                      // of the present state
  std::optional<MonoTime> last_heartbeat;  // taken since this server started
  std::optional<MonoTime> last_contact;    // a sign of life that may have been refused
  bool said_goodbye = false;               // since the last heartbeat
  bool is_locked = false;                  // no agent of it is let in
  Millis interval{5000};
};

struct PresenceChange {
  HostState to = HostState::waiting;
  std::string reason;  // "", "silent", "stopped", "locked"
  friend bool operator==(const PresenceChange&, const PresenceChange&) = default;
};

/// What the host's state becomes, or nothing. `ready_at` is when this server began to listen, or could listen
/// again: whoever has not been heard since then stays as it was and gets the whole time from there and a
/// pause of its agent on top, so that a restart or a pause of the server declares nobody offline. A contact
/// puts off what silence says, but only a heartbeat brings a host back.
std::optional<PresenceChange> decide_presence(const PresenceFacts& facts, MonoTime now, MonoTime ready_at);

/// Whether the server itself was away between two sweeps (stopped, suspended, its machine paused): then
/// silence says nothing of the hosts.
bool decide_was_away(Nanos between_sweeps, Nanos sweep);

/// Whether a heartbeat arrives as it is taken: the time since the one before is the same on both sides,
/// within 2 s, and a burst of kept ones comes faster than half of the pace at which they were taken.
bool decide_is_live(Millis between_arrivals, Millis between_samples);

/// Whether a clock that differs by `skew` is flagged; hysteresis of a tenth, so that it does not flap at the
/// limit.
bool decide_clock_skewed(bool was_skewed, Millis skew, Millis limit = kClockSkewLimit);

}  // namespace fettle::fleet
