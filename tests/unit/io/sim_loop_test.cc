#include "fettle/io/sim/sim_loop.h"

#include <gtest/gtest.h>

#include <set>

#include "fettle/io/task_scope.h"
#include "fettle/io/work_queue.h"
#include "tests/unit/io/sim_fixture.h"

namespace fettle::io {
namespace {

Task<void> busy_node(SimFixture& sim, WorkQueue& queue, std::uint64_t number, SimRandom random) {
  for (int i = 0; i < 20; ++i) {
    co_await sim.clock.sleep_for(Millis(random.below(50)));
    auto value = co_await offload(sim.loop, queue,
                                  [number, i] { return number * 1000 + static_cast<std::uint64_t>(i); });
    sim.loop.trace(value.value_or(0));
  }
}

std::uint64_t hash_of_run(std::uint64_t seed) {
  SimFixture sim(seed);
  TaskScope scope(sim.loop, sim.log);
  const auto queue = sim.loop.make_work_queue("pool", 3, 100);
  sim.loop.set_work_delay("pool", {Nanos(0), Millis(5)});
  for (std::uint64_t n = 0; n < 10; ++n) {
    scope.spawn("node", busy_node(sim, *queue, n, sim.loop.random().stream(n)));
  }
  EXPECT_TRUE(sim.loop.run_until([&] { return scope.size() == 0; }, Seconds(100)));
  return sim.loop.trace_hash();
}

TEST(SimLoop, TheSameSeedGivesTheSameHashAnotherSeedAnother) {
  std::set<std::uint64_t> hashes;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const std::uint64_t hash = hash_of_run(seed);
    EXPECT_EQ(hash, hash_of_run(seed));
    hashes.insert(hash);
  }
  EXPECT_EQ(hashes.size(), 20U);
}

TEST(SimLoop, SeedsReachDifferentInterleavings) {
  std::set<std::string> orders;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    SimLoop loop(seed);
    std::string order;
    const auto a = loop.make_work_queue("a", 1, 10);
    const auto b = loop.make_work_queue("b", 1, 10);
    loop.post([&] { order += 'l'; });
    ASSERT_TRUE(a->try_submit([&] {
      order += 'a';
      loop.post([&] { order += 'A'; });
    }));
    ASSERT_TRUE(b->try_submit([&] { order += 'b'; }));
    loop.run_ready();
    ASSERT_EQ(order.size(), 4U);
    ASSERT_LT(order.find('a'), order.find('A'));
    orders.insert(order);
  }
  EXPECT_EQ(orders.size(), 8U) << "all orders in which A comes after a, which posts it, and l, posted before";
}

TEST(SimLoop, WhatAJobPostsArrivesInItsOrder) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SimLoop loop(seed);
    std::vector<int> seen;
    const auto queue = loop.make_work_queue("serial", 1, 10);
    for (int job = 0; job < 5; ++job) {
      ASSERT_TRUE(queue->try_submit([&loop, &seen, job] {
        for (int i = 0; i < 3; ++i) loop.post([&seen, job, i] { seen.push_back(job * 3 + i); });
      }));
    }
    loop.run_ready();
    ASSERT_EQ(seen.size(), 15U);
    EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  }
}

TEST(SimLoop, TimeMovesOnlyWhenNothingCanRun) {
  SimLoop loop(1);
  std::vector<std::string> seen;
  loop.add_timer(loop.now() + Seconds(1), [&] { seen.push_back("timer"); });
  const std::uint64_t cancelled =
      loop.add_timer(loop.now() + Millis(1), [&] { seen.push_back("cancelled"); });
  loop.cancel_timer(cancelled);
  loop.cancel_timer(cancelled);
  loop.post([&] { loop.post([&] { seen.push_back("posted"); }); });
  EXPECT_TRUE(loop.run_until([&] { return seen.size() == 2; }, Seconds(2)));
  EXPECT_EQ(seen, (std::vector<std::string>{"posted", "timer"}));
  EXPECT_EQ(loop.now(), MonoTime(Seconds(1001)));
}

TEST(SimLoop, RunUntilStopsAtItsLimit) {
  SimLoop loop(1);
  bool fired = false;
  loop.add_timer(loop.now() + Seconds(10), [&] { fired = true; });
  EXPECT_FALSE(loop.run_until([&] { return fired; }, Seconds(9)));
  EXPECT_EQ(loop.now(), MonoTime(Seconds(1009)));
  EXPECT_TRUE(loop.run_until([&] { return fired; }, Seconds(1)));
}

TEST(SimLoop, InvariantsAreAskedAfterEachTurn) {
  SimLoop loop(1);
  std::uint64_t asked = 0;
  loop.check_each_turn([&] { ++asked; });
  for (int i = 0; i < 10; ++i) loop.post([] {});
  loop.run_ready();
  EXPECT_EQ(asked, 10U);
  EXPECT_EQ(loop.turns(), 10U);
}

Task<int> give(int value) {
  co_return value;
}
Task<int> give_up() {
  throw std::runtime_error("broken");
  co_return 0;
}

TEST(SimLoop, RunGivesTheValueOrTheException) {
  SimLoop loop(1);
  EXPECT_EQ(loop.run(give(5)), 5);
  EXPECT_THROW(loop.run(give_up()), std::runtime_error);
}

}  // namespace
}  // namespace fettle::io
