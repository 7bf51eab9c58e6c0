// Environments: those that one may see, and the care for all of them.
#pragma once
#include "fettle/access/environment_service.h"
#include "fettle/net/router.h"

namespace fettle::access {

void add_environment_routes(net::Router& router, EnvironmentService& environments);

}  // namespace fettle::access
