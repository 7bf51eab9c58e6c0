// The front door of the one program: reads arguments, environment and configuration file, calls the action
// that was meant, prints what it gave, and says by its exit code how it went. Runs on the main thread.
#pragma once
#include "fettle/cli/actions.h"
#include "fettle/cli/exec_command.h"
#include "fettle/cli/surroundings.h"

namespace fettle::cli {

/// The exit code of the process. Throws nothing of its own; what an action throws passes through to main.
int run_command_line(int argc, const char* const* argv, const Actions& actions,
                     const Surroundings& surroundings = process_surroundings(), const RunExec& run_exec = {});

}  // namespace fettle::cli
