// When the next heartbeat is due: on a grid of wall time that is the same after every restart, moved by a
// part of the interval that is each host's own, so that a fleet's heartbeats are spread evenly. Pure.
#pragma once
#include <string_view>

#include "fettle/base/time.h"

namespace fettle::agent {

/// A host's own place in every interval, in [0, 1).
double decide_phase(std::string_view host_id);

/// How long after `now`. At least a quarter of the interval, so that a clock which is set back a little does
/// not double a heartbeat; at most five quarters.
Nanos decide_next_beat(WallTime now, Millis interval, double phase);

}  // namespace fettle::agent
