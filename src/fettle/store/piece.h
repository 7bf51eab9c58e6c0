// What the loop hands to the writer, and what comes back. Values only.
#pragma once
#include <functional>
#include <optional>
#include <vector>

#include "fettle/base/result.h"
#include "fettle/store/session.h"
#include "fettle/store/store.h"

namespace fettle::store {

/// One caller's work; false from `function` rolls its savepoint back.
struct Piece {
  std::function<bool(Session&)> function;
  Priority priority = Priority::live;
};

struct PieceOutcome {
  Result<> result;
  std::vector<Callback> after_commit;  // empty when it failed
};

struct GroupOutcome {
  std::vector<PieceOutcome> pieces;  // as many as were handed in, in their order
  bool is_disk_full = false;         // from now on, until recover() says otherwise
  std::optional<Error> fatal;        // the disk failed: nothing was or will be acknowledged
  std::uint64_t wal_bytes = 0;
  std::uint64_t checkpoints = 0;  // since the writer began
  std::uint64_t busy_checkpoints = 0;
  bool is_log_stuck = false;  // a reader kept the last attempt from moving more of it than the one before
};

}  // namespace fettle::store
