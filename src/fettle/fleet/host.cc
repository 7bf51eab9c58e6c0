#include "fettle/fleet/host.h"

namespace fettle::fleet {

std::string_view host_state_name(HostState state) {
  switch (state) {
    case HostState::waiting:
      return "waiting";
    case HostState::online:
      return "online";
    case HostState::late:
      return "late";
    case HostState::offline:
      return "offline";
  }
  return "unknown";
}

HostState parse_host_state(std::string_view name) {
  if (name == "online") return HostState::online;
  if (name == "late") return HostState::late;
  if (name == "offline") return HostState::offline;
  return HostState::waiting;
}

}  // namespace fettle::fleet
