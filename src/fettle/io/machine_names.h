// What this machine is called, and under which addresses others may reach it. Blocks shortly; any thread.
#pragma once
#include <string>
#include <vector>

namespace fettle::io {

/// As the kernel knows it; "localhost" when it knows none.
std::string machine_name();
/// Of the interfaces that are up, without loopback and link-local ones; IPv4 first.
std::vector<std::string> machine_addresses();

}  // namespace fettle::io
