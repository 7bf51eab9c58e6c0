// What an agent can carry out, by name: the server orders these plans and steps, the agent has a function for
// each. Pure data, known to both.
#pragma once
#include <array>
#include <string_view>

namespace fettle::wire {

struct HostStep {
  std::string_view name, title;
};

/// Runs a command that the policy file of the host names. Parameters: {"name": "nightly"}.
inline constexpr std::string_view kCommandPlan = "command";
inline constexpr std::array<HostStep, 1> kCommandSteps{{{"command", "Run the command"}}};

/// Says in numbers how the host is; changes nothing, so that every host has something to run.
inline constexpr std::string_view kHostCheckPlan = "host-check";
inline constexpr std::array<HostStep, 5> kHostCheckSteps{{
    {"clock", "Compare the clock with the server's"},
    {"disk", "Look at the disk of the agent's data"},
    {"units", "Count failed units"},
    {"outbox", "Look at what waits to be sent"},
    {"policy", "Look at what the policy allows"},
}};

}  // namespace fettle::wire
