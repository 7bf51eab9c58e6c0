// The server as a process: builds every part, serves until SIGTERM or SIGINT, or until a fault that is final
// (R2). The parts stand in server_parts.h, the order of stopping in shutdown.cc.
#pragma once
#include "fettle/base/result.h"
#include "fettle/cli/options.h"

namespace fettle::app {

/// Blocks. An error says why it could not serve.
Result<> run_server(const cli::ServerOptions& options);

}  // namespace fettle::app
