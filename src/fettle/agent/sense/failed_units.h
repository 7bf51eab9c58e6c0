// Asks systemd which of its units have failed, over the system bus and without a library or a program:
// log in, say hello, one call, the end. Blocks, with a deadline; belongs to the slow probe.
#pragma once
#include <chrono>
#include <optional>
#include <string>

#include "fettle/wire/messages.h"

namespace fettle::agent {

inline constexpr std::chrono::milliseconds kUnitPatience{2000};

/// `root` is before /run. nullopt where systemd does not run, or does not answer in time.
std::optional<wire::UnitStates> ask_failed_units(const std::string& root);

/// The conversation alone, over a connected stream socket that does not block; for tests too.
std::optional<wire::UnitStates> ask_failed_units_over(int socket, std::chrono::milliseconds patience);

}  // namespace fettle::agent
