// The routes of a run's log. Read and written out on a reader of the store.
#pragma once
#include "fettle/runs/runs_api.h"

namespace fettle::runs {

void add_run_log_routes(net::Router& router, RunApiGround ground);

}  // namespace fettle::runs
