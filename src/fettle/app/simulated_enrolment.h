// Brings the hosts of `fettle simulate` into the fleet, through the same two requests as any host.
#pragma once
#include <vector>

#include "fettle/agent/identity.h"
#include "fettle/cli/options.h"
#include "fettle/io/clock.h"
#include "fettle/io/loop.h"
#include "fettle/io/random.h"

namespace fettle::app {

/// One identity a host, named sim-1, sim-2 ... Tokens come from the options, or are made with their bearer
/// token.
Task<Result<std::vector<agent::Identity>>> enrol_simulated_hosts(io::Loop& loop, io::Clock& clock,
                                                                 io::Random& random,
                                                                 cli::SimulateOptions options);

}  // namespace fettle::app
