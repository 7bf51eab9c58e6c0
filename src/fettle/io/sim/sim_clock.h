// One node's clock in the simulation: monotonic time is the loop's, wall time is the node's own and can be
// stepped.
#pragma once
#include "fettle/io/clock.h"
#include "fettle/io/sim/sim_loop.h"

namespace fettle::io {

/// 2026-01-01T00:00:00Z, at the loop's beginning.
constexpr WallTime kSimWallStart{Seconds(1'767'225'600)};

class SimClock final : public Clock {
 public:
  /// `offset`: how far this node's wall clock is ahead of the others'.
  explicit SimClock(SimLoop& loop, Micros offset = Micros(0));
  [[nodiscard]] WallTime wall_now() const override;
  [[nodiscard]] MonoTime mono_now() const override { return loop_.now(); }
  Task<void> sleep_until(MonoTime due) override;

  /// Moves the wall clock forward or back; monotonic time and sleepers do not notice.
  void step_wall(Micros by) { offset_ += by; }

 private:
  SimLoop& loop_;
  const MonoTime began_;
  Micros offset_;
};

}  // namespace fettle::io
