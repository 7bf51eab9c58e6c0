// The plans that every host can carry out, as the agents know them (wire/host_plans.h).
#pragma once
#include "fettle/runs/run_service.h"

namespace fettle::runs {

void add_host_plans(RunService& runs);

}  // namespace fettle::runs
