// GET /metrics: the server's own figures, and for each host that the caller's token may see its newest
// samples.
#pragma once
#include "fettle/app/health_api.h"

namespace fettle::app {

void add_metrics_route(net::Router& router, HealthGround& ground);

}  // namespace fettle::app
