// What the fleet writes into the store: one transaction each, with its event, published after the commit, and
// the row in memory changed then too. Loop thread.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "fettle/events/event_log.h"
#include "fettle/fleet/host_repo.h"
#include "fettle/fleet/roster.h"
#include "fettle/io/clock.h"
#include "fettle/io/log.h"
#include "fettle/io/random.h"
#include "fettle/store/store.h"
#include "fettle/stream/hub.h"

namespace fettle::fleet {

class HostWrites {
 public:
  HostWrites(Roster& roster, store::Store& store, events::EventLog& events, stream::Hub& hub,
             io::Clock& clock, io::Random& random);

  /// A hello or an inventory that says something new. No statement when nothing changed.
  Task<Result<>> describe(HostNumber number, wire::Inventory inventory, std::optional<AgentInfo> agent,
                          std::string address);

  /// Called after the commit of each change of a state, and of a reboot that nobody asked for.
  void on_state(std::function<void(const LiveHost&)> listener) { on_state_ = std::move(listener); }
  void on_reboot(std::function<void(const LiveHost&)> listener) { on_reboot_ = std::move(listener); }
  /// Since when this server listens. Before the first change.
  void set_listening_since(WallTime since) { listening_since_ = since; }

  struct Transition {
    HostNumber number = 0;
    PresenceChange change;
  };
  /// All in one transaction; the rows' is_changing_state must be set before and is cleared here.
  Task<Result<>> change_states(std::vector<Transition> transitions);
  Task<Result<>> set_clock_skewed(HostNumber number, bool skewed);
  /// An agent that speaks another protocol: kept with the host until one is welcome again.
  Task<Result<>> note_refusal(HostNumber number, Refusal refusal);

  /// Says on the stream that a host's state changed. Also used for `late`, which is in no table.
  void publish_status(const LiveHost& host, std::string_view what, std::string_view from, std::string_view to,
                      std::string_view reason);
  /// An event whose source is this host.
  events::Event make_event(const Host& host, std::string type, events::Severity severity,
                           std::string message);

 private:
  Roster& roster_;
  store::Store& store_;
  events::EventLog& events_;
  stream::Hub& hub_;
  io::Clock& clock_;
  io::Random& random_;
  std::function<void(const LiveHost&)> on_state_, on_reboot_;
  WallTime listening_since_;
};

}  // namespace fettle::fleet
