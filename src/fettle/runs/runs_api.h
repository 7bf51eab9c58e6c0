// Routes about runs and plans.
#pragma once
#include "fettle/io/clock.h"
#include "fettle/runs/engine.h"

namespace fettle::access {
class Environments;
}
namespace fettle::net {
class Router;
}

namespace fettle::runs {

/// What the routes stand on; all outlive the router.
struct RunApiGround {
  Engine& engine;
  store::Store& store;
  io::Clock& clock;
  const access::Environments& environments;
};

/// Routes, the resolver of run ids, and the schemas of the stream's messages.
void add_run_routes(net::Router& router, RunApiGround ground);

/// For the removal of an environment: runs that have not ended keep it, the others go with it.
std::int64_t count_live_in(store::Session& session, const EnvironmentId& environment);
/// Some of them; true when none is left.
bool forget_environment(store::Session& session, const io::Clock& clock, const EnvironmentId& environment);

}  // namespace fettle::runs
