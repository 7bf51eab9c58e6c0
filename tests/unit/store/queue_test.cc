// Who goes first, how many may wait, and how the store stops.
#include <gtest/gtest.h>

#include "fettle/io/task_scope.h"
#include "tests/unit/store/sim_store.h"

namespace fettle::store {
namespace {

struct Answers {
  std::vector<std::int64_t> order;  // keys in the order of their answers
  std::vector<Error> errors;
};

Task<void> write_key(SqliteStore& store, std::int64_t key, Priority priority, Answers* answers) {
  auto result =
      co_await store.write([key](Session& session) { session.execute(kUpsert, {key, key}); }, priority);
  if (result) {
    answers->order.push_back(key);
  } else {
    answers->errors.push_back(result.error());
  }
}

TEST(StoreQueue, UpkeepWaitsForLiveWorkAndThenGoesAtOnce) {
  SimStore sim(1);
  ASSERT_TRUE(sim.start().has_value());
  io::TaskScope scope(sim.loop, sim.log);
  Answers answers;
  for (std::int64_t i = 0; i < 20; ++i)
    scope.spawn("upkeep", write_key(*sim.store, 1000 + i, Priority::upkeep, &answers));
  for (std::int64_t i = 0; i < 20; ++i)
    scope.spawn("live", write_key(*sim.store, i, Priority::live, &answers));
  sim.loop.run_for(Millis(50));
  ASSERT_EQ(answers.order.size(), 40U);
  // The first upkeep group may have begun before the live pieces came; no more than that goes ahead of them.
  const auto first_live =
      std::find_if(answers.order.begin(), answers.order.end(), [](auto key) { return key < 1000; });
  EXPECT_LE(first_live - answers.order.begin(), 8);
  EXPECT_TRUE(std::is_sorted(first_live, first_live + 20));
}

Task<void> keep_writing(SqliteStore& store, io::Clock& clock, const bool* stop, std::uint64_t* count) {
  while (!*stop) {
    ignore(co_await store.write([](Session& session) { session.execute(kUpsert, {1, 1}); }), "load");
    ++*count;
    co_await clock.sleep_for(Millis(1));
  }
}

TEST(StoreQueue, UpkeepIsNotStarvedByLiveWorkThatNeverRests) {
  SimStore sim(1);
  ASSERT_TRUE(sim.start().has_value());
  // The writer is busy half of the time, so that live pieces wait at every group's end.
  sim.loop.set_work_delay("store-writer", {Millis(5), Millis(5)});
  io::TaskScope scope(sim.loop, sim.log);
  bool stop = false;
  std::uint64_t live = 0;
  for (int i = 0; i < 10; ++i) scope.spawn("live", keep_writing(*sim.store, sim.clock, &stop, &live));
  sim.loop.run_for(Millis(100));
  Answers answers;
  for (std::int64_t i = 0; i < 5; ++i)
    scope.spawn("upkeep", write_key(*sim.store, 1000 + i, Priority::upkeep, &answers));
  sim.loop.run_for(Seconds(3));
  EXPECT_EQ(answers.order.size(), 5U);
  EXPECT_GT(live, 1000U);
  stop = true;
  ASSERT_TRUE(sim.loop.run_until([&] { return scope.size() == 0; }, Seconds(1)));
}

TEST(StoreQueue, IsBoundedAndSaysSo) {
  SimStore sim(1);
  auto options = sim.options();
  options.queue_capacity = 80;
  ASSERT_TRUE(sim.start(options).has_value());
  sim.loop.set_work_delay("store-writer", {Seconds(1), Seconds(1)});
  io::TaskScope scope(sim.loop, sim.log);
  Answers first;
  scope.spawn("first", write_key(*sim.store, 1, Priority::live, &first));
  sim.loop.run_for(Millis(10));  // the writer has it; all else waits
  Answers live;
  Answers upkeep;
  Answers essential;
  for (std::int64_t i = 0; i < 100; ++i) scope.spawn("live", write_key(*sim.store, i, Priority::live, &live));
  for (std::int64_t i = 0; i < 100; ++i)
    scope.spawn("upkeep", write_key(*sim.store, i, Priority::upkeep, &upkeep));
  for (std::int64_t i = 0; i < 100; ++i)
    scope.spawn("audit", write_key(*sim.store, i, Priority::essential, &essential));
  sim.loop.run_ready();
  EXPECT_EQ(live.errors.size(), 30U) << "seven eighths of 80 may wait";
  EXPECT_EQ(upkeep.errors.size(), 90U) << "upkeep has an eighth";
  EXPECT_EQ(essential.errors.size(), 90U) << "essential work has an eighth on top";
  EXPECT_EQ(live.errors[0].code, ErrorCode::unavailable);
  EXPECT_EQ(live.errors[0].reason, "queue_full");
  EXPECT_EQ(sim.store->figures().queued_pieces, 90U);
  EXPECT_EQ(sim.store->figures().queue_capacity, 80U);
  sim.loop.run_for(Seconds(10));
  EXPECT_EQ(live.order.size(), 70U);
  EXPECT_EQ(upkeep.order.size(), 10U);
  EXPECT_EQ(essential.order.size(), 10U);
  EXPECT_EQ(sim.store->figures().queued_pieces, 0U);
}

TEST(StoreQueue, StopCommitsWhatWaitsAndRefusesWhatComes) {
  SimStore sim(3);
  ASSERT_TRUE(sim.start().has_value());
  sim.loop.set_work_delay("store", {Millis(1), Millis(50)});
  io::TaskScope scope(sim.loop, sim.log);
  Answers answers;
  for (std::int64_t i = 0; i < 700; ++i) {
    scope.spawn("write", write_key(*sim.store, i, i % 50 == 0 ? Priority::upkeep : Priority::live, &answers));
  }
  sim.loop.run_for(Millis(2));
  io::TaskScope stopping(sim.loop, sim.log);
  stopping.spawn("stop", sim.store->stop());
  sim.loop.run_ready();
  Answers late;
  scope.spawn("late", write_key(*sim.store, 5000, Priority::live, &late));
  ASSERT_TRUE(sim.loop.run_until([&] { return stopping.size() == 0 && scope.size() == 0; }, Seconds(5)));
  EXPECT_EQ(answers.order.size(), 700U);
  ASSERT_EQ(late.errors.size(), 1U);
  EXPECT_EQ(late.errors[0].reason, "stopping");
  EXPECT_EQ(sim.files->open("/data/fettle.db-wal", io::OpenMode::read).error().code, ErrorCode::not_found)
      << "the log is emptied and gone after a clean stop";
  sim.stop();
  ASSERT_TRUE(sim.start().has_value());
  EXPECT_EQ(sim.content().size(), 700U);
}

TEST(StoreQueue, TheSameSeedGivesTheSameRun) {
  const auto run = [](std::uint64_t seed) {
    SimStore sim(seed);
    EXPECT_TRUE(sim.start().has_value());
    sim.loop.set_work_delay("store", {Nanos(0), Millis(9)});
    io::TaskScope scope(sim.loop, sim.log);
    Answers answers;
    for (std::int64_t i = 0; i < 60; ++i) {
      scope.spawn("write",
                  write_key(*sim.store, i, i % 7 == 0 ? Priority::upkeep : Priority::live, &answers));
      sim.loop.run_for(Millis(sim.loop.random().below(4)));
    }
    EXPECT_TRUE(sim.loop.run_until([&] { return scope.size() == 0; }, Seconds(5)));
    sim.stop();
    sim.loop.trace(sim.disk.content_hash());
    return sim.loop.trace_hash();
  };
  std::set<std::uint64_t> hashes;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const std::uint64_t hash = run(seed);
    EXPECT_EQ(hash, run(seed));
    hashes.insert(hash);
  }
  EXPECT_EQ(hashes.size(), 10U);
}

}  // namespace
}  // namespace fettle::store
