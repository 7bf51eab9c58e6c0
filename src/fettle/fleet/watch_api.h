// Routes of thresholds, of the uptime of hosts, and of the overview. All that is passed in must outlive the
// router.
#pragma once

namespace fettle::net {
class Router;
}
namespace fettle::io {
class Clock;
}
namespace fettle::access {
class Environments;
}

namespace fettle::fleet {

class Fleet;

struct WatchApiGround {
  Fleet& fleet;
  const access::Environments& environments;
  io::Clock& clock;
};

void add_threshold_routes(net::Router& router, WatchApiGround ground);
void add_overview_routes(net::Router& router, WatchApiGround ground);

}  // namespace fettle::fleet
