// The agent as a process.
#pragma once
#include "fettle/base/result.h"
#include "fettle/cli/options.h"

namespace fettle::app {

/// Blocks until SIGTERM or SIGINT. An error says why it could not run (not enrolled, data folder in use).
Result<> run_agent(const cli::AgentOptions& options);

}  // namespace fettle::app
