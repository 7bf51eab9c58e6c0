// SQL of the table `host`. Synchronous, inside a write or a read.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "fettle/fleet/host.h"
#include "fettle/store/session.h"

namespace fettle::fleet::host_repo {

/// What is known of a machine when it enrols.
struct NewHost {
  HostId id;
  EnvironmentId environment;
  std::string name;
  std::vector<std::uint8_t> public_key;
  WallTime enrolled_at;
  std::optional<wire::Inventory> inventory;
};

/// What a hello or a heartbeat with an inventory changes.
struct Description {
  HostNumber number = 0;
  wire::Inventory inventory;
  std::optional<AgentInfo> agent;
  std::string address;
};

struct StateChange {
  HostNumber number = 0;
  HostState state = HostState::waiting;
  std::string reason;
  WallTime since;
  std::optional<WallTime> last_seen_at;
  WallTime
      known_since;  // from when on it counts: who was not heard since the server started is away since then
};

std::vector<Host> all(store::Session& session);
/// A name that is taken in the environment gets a number behind it: "web-1 (2)". Returns the stored host.
Host insert(store::Session& session, NewHost host);
void describe(store::Session& session, const Description& description);
void change_state(store::Session& session, const StateChange& change);
void set_clock_skewed(store::Session& session, HostNumber number, bool skewed);
/// False when it was not there.
bool remove(store::Session& session, HostNumber number);

}  // namespace fettle::fleet::host_repo
