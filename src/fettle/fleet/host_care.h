// What people do to a host that is there: its name and labels, the environment it belongs to, the lock after
// a clone was seen; and the key that its agent changes by itself. One transaction each, with event and audit
// entry; memory and stream follow after the commit. Loop thread.
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "fettle/access/audit.h"
#include "fettle/fleet/gateway.h"
#include "fettle/fleet/history_moves.h"
#include "fettle/fleet/host_text_rules.h"
#include "fettle/fleet/host_writes.h"
#include "fettle/fleet/roster.h"
#include "fettle/store/store.h"

namespace fettle::fleet {

struct HostEdit {
  std::optional<std::string> name;
  std::optional<Labels> labels;          // all that are given by hand
  std::optional<std::int64_t> revision;  // that the host must still have
};

struct HostMove {
  HostId host;
  HistoryMoves::Route route;
};

class HostCare {
 public:
  HostCare(Roster& roster, store::Store& store, HostWrites& writes, events::EventLog& events,
           Gateway& gateway, HistoryMoves& history);

  /// Errors: `not_found`, `unprocessable` with the field, `conflict` (name_taken), `changed_meanwhile`. What
  /// changes nothing costs no write.
  Task<Result<>> edit(access::Actor actor, HostId id, HostEdit edit);
  /// Samples and what is open go along, and what lies behind it follows (history_moves.h): who may see the
  /// other environment sees all of it then, and who may not sees the host vanish. `name_taken` when the name
  /// is not free there.
  Task<Result<>> move(access::Actor actor, HostId id, EnvironmentId to, std::optional<std::int64_t> revision);
  /// Two agents with its identity: closes its link, and no agent is let in until unlock() or a new key.
  Task<Result<>> lock(HostNumber number, std::string address);
  Task<Result<>> unlock(access::Actor actor, HostId id);
  /// The agent's own new key, checked by the gateway. Fails when the key in force is another by then.
  Task<Result<>> change_key(HostNumber number, std::vector<std::uint8_t> key);

  /// For what else is stored with a host's environment: called inside the write of a move, on the writer.
  using MoveWrite = std::function<void(store::Session&, const HostMove&)>;
  void on_move_write(MoveWrite move) { moves_.push_back(std::move(move)); }

  HistoryMoves& history() { return history_; }

  /// After a move, with the environment that it was in.
  void on_moved(std::function<void(LiveHost&, const EnvironmentId& from)> listener) {
    on_moved_ = std::move(listener);
  }

 private:
  void moved(HostNumber number, const EnvironmentId& to);

  Roster& roster_;
  store::Store& store_;
  HostWrites& writes_;
  events::EventLog& events_;
  Gateway& gateway_;
  HistoryMoves& history_;
  std::vector<MoveWrite> moves_;  // complete before anything is served
  std::function<void(LiveHost&, const EnvironmentId&)> on_moved_;
};

}  // namespace fettle::fleet
