// `fettle simulate`: many believable agents in one process, over the real protocol, for a bounded time (I6).
#pragma once
#include "fettle/base/result.h"
#include "fettle/cli/actions.h"

namespace fettle::app {

Result<cli::SimulateDone> simulate(const cli::SimulateOptions& options);

}  // namespace fettle::app
