// What the server may ask of this host (S1): decided here, by a file that the server cannot write, and held
// against every request. What a policy does not name is refused. Pure.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "fettle/base/time.h"

namespace fettle::agent {

struct HeartbeatPolicy {
  Millis fastest{1'000};
  Millis slowest{60'000};
  friend bool operator==(const HeartbeatPolicy&, const HeartbeatPolicy&) = default;
};

struct CommandUser {
  std::uint32_t uid = 0, gid = 0;
  friend bool operator==(const CommandUser&, const CommandUser&) = default;
};

/// A program that the server may have run, whole: it chooses the name and nothing else.
struct Command {
  std::vector<std::string> arguments;    // the first is the program, an absolute path
  std::vector<std::string> environment;  // "NAME=value"
  std::string folder = "/";
  std::optional<CommandUser> user;  // none: the agent's own
  Seconds deadline{60 * 60};
  friend bool operator==(const Command&, const Command&) = default;
};

struct CommandPolicy {
  std::map<std::string, Command> commands;  // by name
  friend bool operator==(const CommandPolicy&, const CommandPolicy&) = default;
};

/// One member for each kind of thing that can be asked for.
struct Policy {
  HeartbeatPolicy heartbeat;
  CommandPolicy work;
  friend bool operator==(const Policy&, const Policy&) = default;
};

/// What is measured at when the server asks for `asked`: that, or the nearest that the policy allows.
Millis decide_allowed_interval(const HeartbeatPolicy& policy, Millis asked);

}  // namespace fettle::agent
