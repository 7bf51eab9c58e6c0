// Brings the hosts of `fettle simulate` into the fleet, through the same two requests as any host, and takes
// them out again.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "fettle/agent/identity.h"
#include "fettle/cli/options.h"
#include "fettle/io/clock.h"
#include "fettle/io/loop.h"
#include "fettle/io/random.h"
#include "fettle/io/task_scope.h"

namespace fettle::app {

/// Where the work is done, and who follows it. All of it outlives the work.
struct EnrolmentGround {
  io::Loop& loop;
  io::Clock& clock;
  io::Random& random;
  io::TaskScope& tasks;
  std::function<bool()> is_over = [] { return false; };  // asked before each host
  std::function<void(std::size_t done)> on_done = [](std::size_t) {};
};

struct EnrolledHosts {
  std::vector<agent::Identity>
      identities;  // in the order of their names; those that came in before a fault, too
  std::optional<Error> fault;
};

/// Hosts named sim-1, sim-2 ... Tokens come from the options, or are made with their bearer token, which is
/// asked first whether it may do all that will be needed: `forbidden` ("scope_missing") names the scope.
Task<EnrolledHosts> enrol_simulated_hosts(EnrolmentGround ground, cli::SimulateOptions options);

/// The ids of hosts that earlier plays left in the fleet: those whose agent said that it is simulated.
Task<Result<std::vector<std::string>>> find_simulated_hosts(EnrolmentGround ground,
                                                            cli::SimulateOptions options);

struct RemovedHosts {
  std::size_t count = 0;
  std::optional<Error> fault;  // why the rest stays
};

/// With the bearer token of the options.
Task<RemovedHosts> remove_simulated_hosts(EnrolmentGround ground, cli::SimulateOptions options,
                                          std::vector<std::string> host_ids);

}  // namespace fettle::app
