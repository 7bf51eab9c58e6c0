#include "fettle/fleet/plausible_rules.h"

#include <algorithm>

namespace fettle::fleet {
namespace {

void bring_into_range(std::int64_t& ms, std::int64_t least) {
  ms = std::clamp(ms, least, kLatestMs);
}

}  // namespace

void make_plausible(wire::Hello& hello) {
  bring_into_range(hello.now_ms, 0);
  bring_into_range(hello.started_at_ms, 0);
  bring_into_range(hello.inventory.booted_at_ms, 0);
}

void make_plausible(wire::Heartbeat& heartbeat) {
  bring_into_range(heartbeat.sampled_at_ms, kBeforeAllMs);
  bring_into_range(heartbeat.monotonic_ms, 0);
  if (heartbeat.inventory) bring_into_range(heartbeat.inventory->booted_at_ms, 0);
}

}  // namespace fettle::fleet
