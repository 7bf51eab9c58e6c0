#include <gtest/gtest.h>

#include "fettle/io/task_scope.h"
#include "fettle/io/work_queue.h"
#include "tests/unit/io/sim_fixture.h"

namespace fettle::io {
namespace {

Task<Result<int>> doubled(Loop& loop, WorkQueue& queue, int value) {
  co_return co_await offload(loop, queue, [value] { return 2 * value; });
}

TEST(Offload, GivesTheValueBack) {
  SimFixture sim;
  const auto queue = sim.loop.make_work_queue("pool", 2, 4);
  EXPECT_EQ(sim.loop.run(doubled(sim.loop, *queue, 21)).value(), 42);
}

Task<void> offload_of_each_kind(Loop& loop, WorkQueue& queue) {
  Result<> nothing = co_await offload(loop, queue, [] {});
  EXPECT_TRUE(nothing.has_value());
  Result<int> refused = co_await offload(loop, queue, []() -> Result<int> {
    return fail(ErrorCode::not_found, "no_such_thing", "it is not there");
  });
  EXPECT_EQ(refused.error().reason, "no_such_thing");
  Result<int> thrown = co_await offload(loop, queue, []() -> int { throw std::runtime_error("broken"); });
  EXPECT_EQ(thrown.error().code, ErrorCode::internal);
  EXPECT_EQ(thrown.error().detail, "broken");
  Result<std::unique_ptr<int>> moved =
      co_await offload(loop, queue, [held = std::make_unique<int>(7)]() mutable { return std::move(held); });
  EXPECT_EQ(**moved, 7);
}

TEST(Offload, KnowsVoidResultsExceptionsAndMoveOnlyValues) {
  SimFixture sim;
  const auto queue = sim.loop.make_work_queue("pool", 1, 4);
  sim.loop.run(offload_of_each_kind(sim.loop, *queue));
}

Task<void> note_result(Loop& loop, WorkQueue& queue, int value, std::vector<Result<int>>* out) {
  auto result = co_await doubled(loop, queue, value);
  out->push_back(std::move(result));
}

TEST(Offload, AFullQueueRefusesAtOnce) {
  SimFixture sim;
  TaskScope scope(sim.loop, sim.log);
  const auto queue = sim.loop.make_work_queue("pool", 1, 2);
  sim.loop.set_work_delay("pool", {Seconds(1), Seconds(1)});
  std::vector<Result<int>> out;
  for (int i = 0; i < 5; ++i) scope.spawn("one", note_result(sim.loop, *queue, i, &out));
  sim.loop.run_ready();
  ASSERT_EQ(out.size(), 2U) << "one runs, two wait, two are refused";
  for (const auto& refused : out) EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  sim.loop.run_for(Seconds(10));
  ASSERT_EQ(out.size(), 5U);
  EXPECT_EQ(out[4].value(), 4);
}

TEST(Offload, ACancelledCallerDropsTheValueAndTheFunctionStillRuns) {
  SimFixture sim;
  TaskScope scope(sim.loop, sim.log);
  const auto queue = sim.loop.make_work_queue("pool", 1, 2);
  sim.loop.set_work_delay("pool", {Seconds(1), Seconds(1)});
  auto ran = std::make_shared<bool>(false);
  struct Body {
    static Task<void> go(Loop& loop, WorkQueue& at, std::shared_ptr<bool> flag) {
      ignore(co_await offload(loop, at, [flag] { *flag = true; }), "the caller is cancelled before");
      ADD_FAILURE();
    }
  };
  scope.spawn("cancelled", Body::go(sim.loop, *queue, ran));
  sim.loop.run_ready();
  sim.loop.run(scope.stop());
  EXPECT_FALSE(*ran);
  sim.loop.run_for(Seconds(2));
  EXPECT_TRUE(*ran);
  EXPECT_EQ(ran.use_count(), 1) << "nothing keeps the job";
}

Task<void> note_order(Loop& loop, WorkQueue& queue, int number, std::shared_ptr<std::vector<int>> ran) {
  ignore(co_await offload(loop, queue, [number, ran] { ran->push_back(number); }), "order is what counts");
}

TEST(Offload, OneThreadKeepsTheOrderOfSubmissionUnderEverySeed) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SimFixture sim(seed);
    TaskScope scope(sim.loop, sim.log);
    const auto queue = sim.loop.make_work_queue("serial", 1, 100);
    sim.loop.set_work_delay("serial", {Nanos(0), Millis(3)});
    auto ran = std::make_shared<std::vector<int>>();
    for (int i = 0; i < 40; ++i) scope.spawn("one", note_order(sim.loop, *queue, i, ran));
    sim.loop.run_for(Seconds(1));
    ASSERT_EQ(ran->size(), 40U);
    EXPECT_TRUE(std::is_sorted(ran->begin(), ran->end()));
  }
}

TEST(Offload, AQueueThatGoesRunsWhatItHolds) {
  SimFixture sim;
  int ran = 0;
  {
    const auto queue = sim.loop.make_work_queue("pool", 2, 10);
    for (int i = 0; i < 7; ++i) EXPECT_TRUE(queue->try_submit([&ran] { ++ran; }));
  }
  EXPECT_EQ(ran, 7);
}

}  // namespace
}  // namespace fettle::io
