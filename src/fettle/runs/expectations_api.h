// Routes about what hosts expect to run by themselves.
#pragma once
#include "fettle/runs/expectations.h"

namespace fettle::net {
class Router;
}

namespace fettle::runs {

/// `expectations` outlives the router.
void add_expectation_routes(net::Router& router, Expectations& expectations);

}  // namespace fettle::runs
