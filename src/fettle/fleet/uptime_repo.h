// SQL of the states that hosts had (`host_state`) and of when this server ran (`server_life`).
#pragma once
#include <vector>

#include "fettle/fleet/host.h"
#include "fettle/fleet/uptime_rules.h"
#include "fettle/store/old_rows.h"
#include "fettle/store/session.h"

namespace fettle::fleet::uptime_repo {

struct StateRow {
  HostNumber number = 0;
  WallTime at;
  HostState state = HostState::waiting;
  std::string reason;
};
/// A second one of the same moment replaces the first.
void add_state(store::Session& session, const StateRow& row);
void remove_host(store::Session& session, HostNumber number);

void begin_life(store::Session& session, WallTime at);
/// The life that began at `from` still goes on.
void note_alive(store::Session& session, WallTime from, WallTime now);

struct Records {
  std::vector<StateChangeAt> changes;
  std::vector<ServerLife> lives;
};
/// What decide_spans needs from `from` on.
Records read(store::Session& session, HostNumber number, WallTime from);

/// For retention: states that say nothing of later times, and lives of the server that ended before.
store::OldRows old_states();
store::OldRows old_lives();

}  // namespace fettle::fleet::uptime_repo
