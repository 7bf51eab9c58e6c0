// `fettle simulate`: many believable agents in one process, over the real protocol, for a bounded time (I6).
#pragma once
#include "fettle/base/result.h"
#include "fettle/cli/actions.h"

namespace fettle::app {

/// Blocks. SIGINT and SIGTERM end it early, and in good order; a second one leaves the hosts where they are.
Result<cli::SimulateDone> simulate(const cli::SimulateOptions& options,
                                   std::function<void(const cli::SimulateProgress&)> on_progress);

}  // namespace fettle::app
