// What the upkeep of the server asks of the store beside reading and writing. Loop thread; the work is done
// on the writer's thread, in steps that hold it for a moment only.
#pragma once
#include <cstdint>

#include "fettle/base/result.h"
#include "fettle/io/task.h"

namespace fettle::store {

/// One step of giving free pages back to the file system.
struct VacuumStep {
  std::uint64_t returned_bytes = 0;
  std::uint64_t left_bytes = 0;  // pages that are still free; all of them where the file cannot shrink
  bool can_shrink = true;        // false: the file was not made by this program
};

struct LogMove {
  std::uint64_t before_bytes = 0, after_bytes = 0;
  bool is_busy = false;  // a reader held it up
};

class StoreCare {
 public:
  virtual ~StoreCare() = default;
  /// Some milliseconds of moving pages from the end of the file into free ones. Errors: as of a write.
  virtual Task<Result<VacuumStep>> return_pages() = 0;
  /// Renews the figures that the planner of queries goes by, from samples of a bounded size (PRAGMA
  /// optimize).
  virtual Task<Result<>> renew_statistics() = 0;
  /// Moves the whole write-ahead log and empties it, unless a reader is in the way; never waits for one.
  virtual Task<Result<LogMove>> empty_log() = 0;
};

}  // namespace fettle::store
