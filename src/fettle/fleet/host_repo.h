// SQL of the table `host`. Synchronous, inside a write or a read.
#pragma once
#include <map>
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
std::optional<Host> find(store::Session& session, const HostId& id);
/// A name that is taken in the environment gets a number behind it: "web-1 (2)". Returns the stored host.
Host insert(store::Session& session, NewHost host);
void describe(store::Session& session, const Description& description);
void change_state(store::Session& session, const StateChange& change);
void set_clock_skewed(store::Session& session, HostNumber number, bool skewed);
/// What people edit; what is not given stays.
struct Edit {
  HostNumber number = 0;
  std::optional<std::string> name;
  std::optional<std::map<std::string, std::string>> labels;
  std::optional<EnvironmentId> environment;
  std::optional<std::int64_t> revision;  // that it must have
};
/// What an edit meets, and what the row has afterwards.
struct Edited {
  std::string name;
  std::int64_t revision = 0;
  EnvironmentId before;  // where it was
};
/// Errors: `not_found`, `changed_meanwhile` (another revision), `conflict` (name_taken), before anything is
/// written.
Result<Edited> edit(store::Session& session, const Edit& edit);
void set_refusal(store::Session& session, HostNumber number, const Refusal& refusal);
/// `at`: locked since then; nothing: open again.
void set_locked(store::Session& session, HostNumber number, std::optional<WallTime> at);
/// A new key opens a lock too. With `old_key` only where that one is in force; false when it is not.
bool replace_key(store::Session& session, HostNumber number, const std::vector<std::uint8_t>& key,
                 WallTime now, const std::optional<std::vector<std::uint8_t>>& old_key);
/// False when it was not there.
bool remove(store::Session& session, HostNumber number);

}  // namespace fettle::fleet::host_repo
