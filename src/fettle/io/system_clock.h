// The system's clocks. Monotonic time goes on while the machine sleeps (CLOCK_BOOTTIME), so that leases and
// deadlines run out there too. Reading is safe from any thread; sleeping belongs to the loop.
#pragma once
#include "fettle/io/clock.h"

namespace fettle::io {

class Loop;

/// Any thread; for what has no loop.
WallTime system_wall_now();

class SystemClock final : public Clock {
 public:
  explicit SystemClock(Loop& loop) : loop_(loop) {}
  [[nodiscard]] WallTime wall_now() const override;
  [[nodiscard]] MonoTime mono_now() const override;
  Task<void> sleep_until(MonoTime due) override;

 private:
  Loop& loop_;
};

}  // namespace fettle::io
