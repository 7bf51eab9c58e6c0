// Keeps in the store since when this server runs and that it still does: between two lives nobody knows what
// hosts did. Loop thread.
#pragma once
#include "fettle/base/result.h"
#include "fettle/base/time.h"
#include "fettle/io/clock.h"
#include "fettle/io/task.h"
#include "fettle/store/store.h"

namespace fettle::fleet {

class ServerLifeRecord {
 public:
  ServerLifeRecord(store::Store& store, io::Clock& clock) : store_(store), clock_(clock) {}

  Task<Result<>> begin();
  /// Runs until it is cancelled: says that the server is alive now and then.
  Task<void> keep();
  /// The last word of a server that stops.
  Task<void> end();

  [[nodiscard]] WallTime began_at() const { return began_at_; }
  /// Until when this life has lasted: the row in the store is a little behind.
  [[nodiscard]] WallTime now() const { return clock_.wall_now(); }

 private:
  Task<void> note();

  store::Store& store_;
  io::Clock& clock_;
  WallTime began_at_;
};

}  // namespace fettle::fleet
