// What lies behind a host when it moves to another environment (events, runs, the ledger) is too much for one
// write. The host itself, its schedules, what is live and what is open go at once; the rest follows here,
// behind live work, over a restart too. Until its turn a row belongs to the environment that the host has
// left: nobody sees anything of it who could not see it before.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "fettle/base/id.h"
#include "fettle/io/async_event.h"
#include "fettle/io/clock.h"
#include "fettle/io/log.h"
#include "fettle/io/loop.h"
#include "fettle/io/task_scope.h"
#include "fettle/store/moving_rows.h"
#include "fettle/store/store.h"

namespace fettle::fleet {

/// Loop thread, but for what is called in a write.
class HistoryMoves {
 public:
  HistoryMoves(io::Loop& loop, io::Clock& clock, io::Log log, store::Store& store);

  /// What there is of such rows; before anything is served. `move` as store::move_some.
  struct Kind {
    std::string name;               // stored
    bool is_of_hosts_only = false;  // else its rows name any source of events
    std::function<std::optional<std::string>(store::Session&, const store::MoveStep&)> move;
  };
  void add_kind(Kind kind) { kinds_.push_back(std::move(kind)); }

  /// Inside the write that moves the host: its rows, and those of a source that it takes along, follow. Where
  /// the move before has not ended, they go to the place that was named last.
  struct Route {
    EnvironmentId from, to;
  };
  void begin_host(store::Session& session, const HostId& host, const Route& route);
  void begin_source(store::Session& session, const std::string& source_id, const Route& route);

  /// Goes on with what a stop or a kill interrupted.
  void start();
  Task<void> stop() { return tasks_.stop(); }
  /// Nothing is on its way.
  [[nodiscard]] bool is_idle() const { return is_idle_; }

 private:
  void begin(store::Session& session, const std::string& source_id, const Route& route, bool is_host);
  Task<void> move_forever();
  Task<void> move_all();
  [[nodiscard]] bool move_batch(store::Session& session) const;

  io::Clock& clock_;
  io::Log log_;
  store::Store& store_;
  std::vector<Kind> kinds_;
  bool is_idle_ = true;
  io::AsyncEvent to_move_;
  io::TaskScope tasks_;
};

std::string_view history_moves_schema_sql();

/// For whoever wants to remove an environment: how many are on their way out of it, or into it.
std::int64_t count_history_moves(store::Session& session, const EnvironmentId& environment);

}  // namespace fettle::fleet
