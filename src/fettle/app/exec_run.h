// `fettle exec`: runs a command as if it had been started without us, and tells the agent about it.
#pragma once
#include "fettle/cli/exec_command.h"
#include "fettle/io/spawn.h"

namespace fettle::app {

/// The exit code of the command, 128 + n when a signal ended it, 126 or 127 when it could not be run, as
/// shells have it. `signals` are those that this process was started with.
int run_exec(const cli::ExecOptions& options, const io::SignalStart& signals);

}  // namespace fettle::app
