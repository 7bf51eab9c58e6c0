// The plan `command`: runs a program that the policy file of the host names, with the arguments that stand
// there. All that a server chooses is the name. Loop thread.
#pragma once
#include "fettle/agent/act/host_plan.h"
#include "fettle/agent/policy_rules.h"
#include "fettle/io/clock.h"
#include "fettle/io/process_runner.h"

namespace fettle::agent {

/// References outlive the plan.
struct CommandParts {
  io::ProcessRunner& runner;
  const CommandPolicy& policy;
};

HostPlan make_command_plan(CommandParts parts);

/// The command that the parameters of a run name, or why there is none.
std::expected<const Command*, std::string> find_command(const CommandPolicy& policy,
                                                        const std::string& parameters);

/// How it ended, for people: "ended with exit code 3", "ended by signal 9 (SIGKILL) after its deadline".
std::string describe_end(const io::ProcessEnd& end);

}  // namespace fettle::agent
