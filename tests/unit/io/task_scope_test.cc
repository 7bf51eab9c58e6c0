#include "fettle/io/task_scope.h"

#include <gtest/gtest.h>

#include "fettle/io/async_event.h"
#include "tests/unit/io/sim_fixture.h"

namespace fettle::io {
namespace {

Task<void> count(int* counter) {
  ++*counter;
  co_return;
}

Task<void> sleep_then_count(Clock& clock, Nanos duration, int* counter) {
  co_await clock.sleep_for(duration);
  ++*counter;
}

Task<void> throw_now() {
  throw std::runtime_error("broken");
  co_return;
}

struct Flag {
  bool* gone;
  explicit Flag(bool* target) : gone(target) {}
  ~Flag() { *gone = true; }
  Flag(const Flag&) = delete;
  Flag& operator=(const Flag&) = delete;
};

Task<void> hold_for_ever(AsyncEvent& never, bool* gone) {
  const Flag flag(gone);
  co_await never.wait();
  EXPECT_TRUE(never.is_set()) << "a cancelled wait came back";
}

TEST(TaskScope, StartsLaterNotInsideTheCall) {
  SimFixture sim;
  TaskScope scope(sim.loop, sim.log);
  int counter = 0;
  scope.spawn("count", count(&counter));
  EXPECT_EQ(counter, 0);
  EXPECT_EQ(scope.size(), 1U);
  EXPECT_EQ(scope.names(), std::vector<std::string>{"count"});
  sim.loop.run_ready();
  EXPECT_EQ(counter, 1);
  EXPECT_EQ(scope.size(), 0U);
}

Task<void> spawn_inside(TaskScope& scope, std::vector<int>* order) {
  struct Body {
    static Task<void> go(std::vector<int>* to) {
      to->push_back(2);
      co_return;
    }
  };
  scope.spawn("inner", Body::go(order));
  order->push_back(1);
  co_return;
}

TEST(TaskScope, ASpawnOnTheLoopDoesNotRunInsideTheSpawner) {
  SimFixture sim;
  TaskScope scope(sim.loop, sim.log);
  std::vector<int> order;
  scope.spawn("outer", spawn_inside(scope, &order));
  sim.loop.run_ready();
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
}

TEST(TaskScope, StopCancelsWaitsAndUnwinds) {
  SimFixture sim;
  TaskScope scope(sim.loop, sim.log);
  AsyncEvent never;
  bool gone = false;
  int counter = 0;
  scope.spawn("hold", hold_for_ever(never, &gone));
  scope.spawn("sleep", sleep_then_count(sim.clock, std::chrono::hours(9), &counter));
  sim.loop.run_ready();
  EXPECT_EQ(scope.size(), 2U);
  const MonoTime before = sim.loop.now();
  sim.loop.run(scope.stop());
  EXPECT_TRUE(gone);
  EXPECT_EQ(counter, 0);
  EXPECT_EQ(scope.size(), 0U);
  EXPECT_EQ(sim.loop.now(), before) << "stopping waits for nobody's sleep";
  EXPECT_TRUE(sim.sink->entries().empty()) << "cancellation is silent";
}

TEST(TaskScope, StopBeforeTheFirstTurnNeverRunsTheBody) {
  SimFixture sim;
  TaskScope scope(sim.loop, sim.log);
  int counter = 0;
  scope.spawn("count", count(&counter));
  sim.loop.run(scope.stop());
  EXPECT_EQ(counter, 0);
}

TEST(TaskScope, AfterStopNewTasksAreDropped) {
  SimFixture sim;
  TaskScope scope(sim.loop, sim.log);
  int counter = 0;
  sim.loop.run(scope.stop());
  scope.spawn("count", count(&counter));
  EXPECT_EQ(scope.size(), 0U);
  sim.loop.run_ready();
  EXPECT_EQ(counter, 0);
  sim.loop.run(scope.stop());  // twice is allowed
}

TEST(TaskScope, AFaultIsLoggedOnceWithTheName) {
  SimFixture sim;
  TaskScope scope(sim.loop, sim.log);
  scope.spawn("thrower", throw_now());
  sim.loop.run_ready();
  const auto entries = sim.sink->entries();
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].message, "task failed");
  EXPECT_EQ(entries[0].fields[0], (std::pair<std::string, std::string>{"task", "thrower"}));
  EXPECT_EQ(entries[0].fields[1].second, "broken");
}

Task<void> cancel_from_inside(TaskScope& scope, AsyncEvent& never, bool* gone) {
  const Flag flag(gone);
  scope.cancel();
  co_await never.wait();
  ADD_FAILURE() << "a cancelled task went on waiting";
}

TEST(TaskScope, ATaskMayCancelItsOwnScope) {
  SimFixture sim;
  TaskScope scope(sim.loop, sim.log);
  AsyncEvent never;
  bool first = false;
  bool second = false;
  scope.spawn("other", hold_for_ever(never, &second));
  scope.spawn("inside", cancel_from_inside(scope, never, &first));
  sim.loop.run_ready();
  EXPECT_TRUE(first);
  EXPECT_TRUE(second);
  EXPECT_EQ(scope.size(), 0U);
}

TEST(TaskScope, CancelsOutsideOfATurnToo) {
  SimFixture sim;
  TaskScope scope(sim.loop, sim.log);
  AsyncEvent event;
  bool gone = false;
  scope.spawn("hold", hold_for_ever(event, &gone));
  sim.loop.run_ready();
  event.set();     // the wake-up is on its way
  scope.cancel();  // and so is the cancellation, which must not reach a task that has ended
  sim.loop.run_ready();
  EXPECT_EQ(scope.size(), 0U);
}

TEST(TaskScope, ManyTasksWithRandomLengthsAllEndOrAreCancelled) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    SimFixture sim(seed);
    TaskScope scope(sim.loop, sim.log);
    int counter = 0;
    for (int i = 0; i < 200; ++i) {
      scope.spawn("sleep", sleep_then_count(sim.clock, Millis(sim.loop.random().below(1000)), &counter));
    }
    sim.loop.run_for(Millis(sim.loop.random().below(1000)));
    const int ended = counter;
    EXPECT_EQ(scope.size(), 200U - static_cast<std::size_t>(ended));
    sim.loop.run(scope.stop());
    EXPECT_EQ(counter, ended);
    EXPECT_EQ(scope.size(), 0U);
  }
}

TEST(TaskScopeDeathTest, DestroyingItWithATaskInsideIsOurMistake) {
  EXPECT_DEATH(
      {
        SimFixture sim;
        AsyncEvent never;
        bool gone = false;
        TaskScope scope(sim.loop, sim.log);
        scope.spawn("hold", hold_for_ever(never, &gone));
      },
      "outlives its scope");
}

}  // namespace
}  // namespace fettle::io
