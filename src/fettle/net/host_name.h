// Whether a Host field means this server. A page of a stranger whose name suddenly resolves to 127.0.0.1 (DNS
// rebinding) is of the same origin as what it asks here, for the browser and for our own check of Origin;
// only the name gives it away. Pure.
#pragma once
#include <span>
#include <string>
#include <string_view>

namespace fettle::net {

/// `host` as in a Host field, the port does not matter. An IP address, "localhost" and what ends in
/// ".localhost" are no names that a stranger can point elsewhere; others must be among `names`.
bool is_own_host(std::string_view host, std::span<const std::string> names);

}  // namespace fettle::net
