// A host: a machine with an enrolled agent, as the store keeps it and as the loop knows it (vocabulary:
// host).
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "fettle/base/id.h"
#include "fettle/base/time.h"
#include "fettle/metrics/sample.h"
#include "fettle/wire/messages.h"

namespace fettle::fleet {

using metrics::HostNumber;

/// What the server says of a host's presence (T6). The order is that of the fleet frame's numbers.
enum class HostState : std::uint8_t {
  waiting,  // enrolled, has never sent a heartbeat
  online,
  late,  // no heartbeat for two intervals; held in memory only
  offline,
};
std::string_view host_state_name(HostState state);
HostState parse_host_state(std::string_view name);

/// What an agent said of itself at its last hello.
struct AgentInfo {
  std::string version;
  wire::Version protocol;
  std::int64_t started_at_ms = 0;
};

/// An agent of this host that was turned away at its hello.
struct Refusal {
  WallTime at;
  std::string code;  // "protocol", "wrong_key"
  std::string detail;
  std::string address;
};

/// A row of the table `host`.
struct Host {
  HostNumber number = 0;
  HostId id;
  EnvironmentId environment;
  std::string name;
  std::vector<std::uint8_t> public_key;  // Ed25519
  WallTime enrolled_at;
  std::map<std::string, std::string> labels;  // given by hand
  std::optional<wire::Inventory> inventory;
  std::optional<AgentInfo> agent;
  std::string address;
  HostState state = HostState::waiting;  // never `late` in the store
  WallTime state_since;
  std::string state_reason;
  std::optional<WallTime> last_seen_at;
  bool clock_skewed = false;
  std::int64_t revision = 1;          // of what people edit: name, labels, environment
  std::optional<WallTime> locked_at;  // two agents with its identity were seen; none is let in
  std::optional<Refusal> refusal;     // the last one, until an agent is welcome again
  std::optional<WallTime> key_changed_at;
};

}  // namespace fettle::fleet
