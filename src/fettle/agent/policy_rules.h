// What the server may ask of this host (S1): decided here, by a file that the server cannot write, and held
// against every request. What a policy does not name is refused. Pure.
#pragma once
#include "fettle/base/time.h"

namespace fettle::agent {

struct HeartbeatPolicy {
  Millis fastest{1'000};
  Millis slowest{60'000};
  friend bool operator==(const HeartbeatPolicy&, const HeartbeatPolicy&) = default;
};

/// One member for each kind of thing that can be asked for.
struct Policy {
  HeartbeatPolicy heartbeat;
  friend bool operator==(const Policy&, const Policy&) = default;
};

/// What is measured at when the server asks for `asked`: that, or the nearest that the policy allows.
Millis decide_allowed_interval(const HeartbeatPolicy& policy, Millis asked);

}  // namespace fettle::agent
