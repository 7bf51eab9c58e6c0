// Old runs, and the logs of old runs. Both are looked through piece by piece on readers. Loop thread.
#pragma once
#include <vector>

#include "fettle/upkeep/retention.h"
#include "fettle/upkeep/run_history_rules.h"

namespace fettle::upkeep {

std::vector<runs::PlanTask> run_tasks(RowGround ground, const RunsKept& keep, std::chrono::days logs);

}  // namespace fettle::upkeep
