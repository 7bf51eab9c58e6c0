// The time that ages are computed from (clock_trust_rules), kept over restarts. Loop thread; `app` loads,
// starts and stops it.
#pragma once
#include <optional>

#include "fettle/io/clock.h"
#include "fettle/io/log.h"
#include "fettle/io/task_scope.h"
#include "fettle/store/store.h"
#include "fettle/upkeep/clock_trust_rules.h"

namespace fettle::upkeep {

class BelievedClock {
 public:
  BelievedClock(io::Loop& loop, io::Clock& clock, io::Log log, store::Store& store);

  /// Reads what the last look said, and looks.
  Task<Result<>> load();
  /// Looks every hour, so that the time without a look is that without a server.
  void start();
  Task<void> stop();

  /// Looks at the clock. Never later than it.
  [[nodiscard]] WallTime now();
  /// Since when the clock is not believed, as it says itself.
  [[nodiscard]] std::optional<WallTime> doubted_since() const { return trust_.doubted_since; }

 private:
  void look();
  Task<void> keep();

  io::Clock& clock_;
  io::Log log_;
  store::Store& store_;
  ClockTrust trust_;
  bool is_loaded_ = false;
  io::TaskScope tasks_;
};

}  // namespace fettle::upkeep
