// The plan `host-check`: says in numbers how this host and its agent are. Reads, and changes nothing.
#pragma once
#include <optional>
#include <utility>

#include "fettle/agent/act/host_plan.h"
#include "fettle/base/result.h"
#include "fettle/wire/messages.h"

namespace fettle::agent {

struct DiskState {
  std::uint64_t free_bytes = 0, all_bytes = 0;
  std::uint64_t free_inodes = 0, all_inodes = 0;  // 0 of 0 where there is no limit
};

/// Where the steps get their numbers. Nothing: it is not known.
struct HostFacts {
  std::function<std::optional<Millis>()> clock_ahead;  // of the server's, at the last welcome
  std::function<Task<Result<DiskState>>()> disk;       // of the agent's data
  std::function<std::optional<wire::UnitStates>()> units;
  std::function<std::pair<std::uint64_t, std::uint64_t>()>
      outbox;                             // records waiting, dropped since enrolment
  std::function<std::size_t()> commands;  // that the policy allows
};

HostPlan make_host_check(HostFacts facts);

}  // namespace fettle::agent
