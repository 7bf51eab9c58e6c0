// The plans that every host can carry out, as the agents know them (wire/host_plans.h).
#pragma once
#include "fettle/fleet/roster.h"
#include "fettle/runs/run_service.h"

namespace fettle::runs {

/// The roster outlives the service.
void add_host_plans(RunService& runs, fleet::Roster& roster);

}  // namespace fettle::runs
