// Tasks of the history of runs: how many stay of each target, and for how long their logs. Loop thread.
#pragma once
#include <vector>

#include "fettle/upkeep/retention.h"

namespace fettle::upkeep {

std::vector<runs::PlanTask> run_tasks(RowGround ground, std::int64_t per_target, std::chrono::days logs);

}  // namespace fettle::upkeep
