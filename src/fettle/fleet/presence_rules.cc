#include "fettle/fleet/presence_rules.h"

#include <algorithm>

namespace fettle::fleet {

std::optional<PresenceChange> decide_presence(const PresenceFacts& facts, MonoTime now, MonoTime ready_at) {
  if (facts.is_locked) {
    if (facts.state == HostState::offline || facts.state == HostState::waiting) return std::nullopt;
    return PresenceChange{HostState::offline, "locked"};
  }
  if (facts.said_goodbye) {
    if (facts.state == HostState::offline) return std::nullopt;
    return PresenceChange{HostState::offline, "stopped"};
  }
  // A host that never sent anything is waiting, and one that is known to be offline stays so, until it is
  // heard.
  const bool heard = facts.last_heartbeat && *facts.last_heartbeat >= ready_at;
  const bool is_away = facts.state == HostState::waiting || facts.state == HostState::offline;
  if (!heard && is_away) return std::nullopt;

  MonoTime since = heard ? *facts.last_heartbeat : ready_at;
  if (facts.last_contact && !is_away) since = std::max(since, *facts.last_contact);
  const Nanos silence = now - since;
  Nanos offline_after = std::max<Nanos>(facts.interval * kOfflineIntervals, kOfflineAtLeast);
  if (!heard) offline_after += kLongestPause;
  HostState to = HostState::online;
  if (silence >= offline_after) {
    to = HostState::offline;
  } else if (heard && silence >= facts.interval * kLateIntervals) {
    // Who was away and is heard again has come back first of all, even if it is late again by now.
    to = is_away ? HostState::online : HostState::late;
  } else if (!heard) {
    return std::nullopt;  // as it was, until it has had its time
  }
  if (to == facts.state) return std::nullopt;
  return PresenceChange{to, to == HostState::online ? "" : "silent"};
}

bool decide_was_away(Nanos between_sweeps, Nanos sweep) {
  return between_sweeps > sweep * kAwaySweeps;
}

bool decide_is_live(Millis between_arrivals, Millis between_samples) {
  if (between_samples <= Millis(0) || between_arrivals < between_samples / 2) return false;
  return std::chrono::abs(between_arrivals - between_samples) < Seconds(2);
}

bool decide_clock_skewed(bool was_skewed, Millis skew, Millis limit) {
  const Millis size = std::chrono::abs(skew);
  return was_skewed ? size > limit * 9 / 10 : size > limit;
}

}  // namespace fettle::fleet
