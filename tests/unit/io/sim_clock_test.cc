#include "fettle/io/sim/sim_clock.h"

#include <gtest/gtest.h>

#include "fettle/io/task_scope.h"
#include "tests/unit/io/sim_fixture.h"

namespace fettle::io {
namespace {

Task<void> sleep_and_note(Clock& clock, Nanos duration, std::vector<Nanos>* woke) {
  const MonoTime began = clock.mono_now();
  co_await clock.sleep_for(duration);
  woke->push_back(clock.mono_now() - began);
}

TEST(SimClock, WakesExactlyWhenDueInOrder) {
  SimFixture sim;
  TaskScope scope(sim.loop, sim.log);
  std::vector<Nanos> woke;
  for (const int s : {5, 1, 3, 0}) scope.spawn("sleep", sleep_and_note(sim.clock, Seconds(s), &woke));
  sim.loop.run_for(Seconds(4));
  EXPECT_EQ(woke, (std::vector<Nanos>{Seconds(0), Seconds(1), Seconds(3)}));
  sim.loop.run_for(Seconds(1));
  EXPECT_EQ(woke.back(), Seconds(5));
}

TEST(SimClock, WallStepsAloneAndPerNode) {
  SimFixture sim;
  SimClock other(sim.loop, Seconds(90));
  EXPECT_EQ(sim.clock.wall_now(), kSimWallStart);
  EXPECT_EQ(other.wall_now() - sim.clock.wall_now(), Seconds(90));
  const MonoTime mono = sim.clock.mono_now();
  sim.clock.step_wall(-std::chrono::hours(2));
  EXPECT_EQ(sim.clock.mono_now(), mono);
  EXPECT_EQ(sim.clock.wall_now(), kSimWallStart - std::chrono::hours(2));
  EXPECT_EQ(other.wall_now(), kSimWallStart + Seconds(90));
  sim.loop.run_for(Seconds(10));
  EXPECT_EQ(other.wall_now(), kSimWallStart + Seconds(100));
}

TEST(SimClock, ACancelledSleepLeavesNoTimer) {
  SimFixture sim;
  TaskScope scope(sim.loop, sim.log);
  std::vector<Nanos> woke;
  scope.spawn("sleep", sleep_and_note(sim.clock, Seconds(50), &woke));
  sim.loop.run_ready();
  sim.loop.run(scope.stop());
  EXPECT_FALSE(sim.loop.run_until([] { return false; }, Seconds(100)));
  EXPECT_EQ(sim.loop.now() - MonoTime(Seconds(1000)), Nanos(0))
      << "nothing is left to happen, so no time passes";
}

}  // namespace
}  // namespace fettle::io
