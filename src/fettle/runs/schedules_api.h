// Routes of schedules, their ledger and pending runs.
#pragma once
#include "fettle/runs/schedule_service.h"

namespace fettle::access {
class Environments;
}
namespace fettle::net {
class Router;
}

namespace fettle::runs {

/// What the routes stand on; all outlive the router.
struct ScheduleApiGround {
  ScheduleService& schedules;
  RunService& runs;
  io::Clock& clock;
  const access::Environments& environments;
};

void add_schedule_routes(net::Router& router, ScheduleApiGround ground);

}  // namespace fettle::runs
