// Routes of the server's own upkeep (M10): run it, its state, its log; the paths of old lead to the same. All
// that is passed in must outlive the router.
#pragma once

namespace fettle::net {
class Router;
}
namespace fettle::io {
class Clock;
}
namespace fettle::store {
class Store;
}
namespace fettle::runs {
class RunService;
}

namespace fettle::upkeep {

class UpkeepService;

struct MaintenanceGround {
  UpkeepService& upkeep;
  runs::RunService& runs;
  store::Store& store;
  io::Clock& clock;
};

void add_maintenance_routes(net::Router& router, MaintenanceGround ground);

}  // namespace fettle::upkeep
