// The only way to the database. One writer owns the one writing connection and commits in groups; readers are
// query-only snapshots. Callers live on the loop; functions handed in run on the writer's or a reader's
// thread, take and give values, touch no state of the loop, and must be repeatable (a group may be run
// again).
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include "fettle/base/result.h"
#include "fettle/io/task.h"
#include "fettle/store/session.h"

namespace fettle::store {

/// `live` before `upkeep`, which takes turns so that it delays live work by no more than one piece.
/// `essential` is live work that must be finished even on a full disk (audit, the state of runs): it may use
/// the reserve file.
enum class Priority : std::uint8_t { live, upkeep, essential };

/// Figures for /metrics and tests.
struct StoreFigures {
  std::uint64_t statements = 0;  // all of them, BEGIN/SAVEPOINT/COMMIT too
  std::uint64_t groups = 0;
  std::uint64_t pieces = 0;
  std::uint64_t failed_pieces = 0;
  std::uint64_t checkpoints = 0;
  std::uint64_t busy_checkpoints = 0;
  std::uint64_t wal_bytes = 0;
  std::uint64_t wal_stuck_seconds = 0;  // for which a reader has kept the log from being moved; 0: it moves
  std::uint64_t queued_pieces = 0;
  std::uint64_t queue_capacity = 0;
  std::uint64_t late_reads = 0;     // ended for being longer than 2 s
  std::uint64_t running_reads = 0;  // and those that wait for a reader
  std::uint64_t read_capacity = 0;
  bool disk_full = false;
};

class Store {
 public:
  virtual ~Store() = default;

  /// Runs `function(Session&)` inside the current group's transaction, in its own savepoint. The caller is
  /// resumed after the commit is durable. When `function` returns a Result that holds an error, or throws,
  /// its savepoint is rolled back and its neighbours stand. Errors: `unavailable` (queue full, stopping, disk
  /// full), `conflict` (unique), `internal`. R may be void or Result<T>: write<Result<T>> gives Result<T>,
  /// not a nested one.
  template <class F>
  auto write(F function, Priority priority = Priority::live);
  /// Runs `function(Session&)` on a snapshot. Bounded in time (2 s, 5 s hard): `timeout`.
  template <class F>
  auto read(F function);

  [[nodiscard]] virtual StoreFigures figures() const = 0;

  /// The two virtual doors behind the templates; the function captures where its value goes. `function`
  /// returns false to roll its savepoint back.
  virtual Task<Result<>> write_piece(std::function<bool(Session&)> function, Priority priority) = 0;
  virtual Task<Result<>> read_piece(std::function<void(Session&)> function) = 0;
};

}  // namespace fettle::store

#include "fettle/store/store_impl.h"
