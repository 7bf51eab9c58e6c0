#include "fettle/upkeep/store_tasks.h"

#include <fstream>

#include "tests/unit/upkeep/upkeep_fixture.h"

namespace fettle::upkeep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct StoreTasksTest : UpkeepFixture {
  runs::PlanTask task(const std::string& name) {
    for (runs::PlanTask& task : store_tasks({*store, *store, clock, doubts}))
      if (task.name == name) return task;
    throw std::runtime_error("no task " + name);
  }
  void add_events(int count) {
    run_sql(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " + std::to_string(count) +
        ") INSERT INTO event (id, at, type, severity, environment_id, source_kind, source_id, source_name, "
        "message,"
        " fields) SELECT 'event_' || i, i, 't', 'info', 'e', 'k', 's', 'n', hex(zeroblob(200)), '{}' FROM n");
  }
  std::uintmax_t file_bytes() { return std::filesystem::file_size(options().path); }
};

TEST_F(StoreTasksTest, ASoundDatabaseIsSound) {
  add_events(100);
  const auto done = run_task(task("quick_check"), step);
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_THAT(done->message, HasSubstr("tables are sound"));
  EXPECT_GT(step.counters.at("seen"), 10);
  EXPECT_EQ(step.counters.at("faults"), 0);
  EXPECT_THAT(doubts.there, IsEmpty());
}

TEST_F(StoreTasksTest, ADamagedPageFailsTheStepAndOpensACondition) {
  add_events(3'000);
  FakeStep first;
  ASSERT_TRUE(run_task(task("wal_checkpoint"), first));
  {
    std::fstream file(options().path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(file_bytes() / 2 / 4096 * 4096));
    file << std::string(4096, '\x5a');
  }
  reopen_connections();
  const auto done = run_task(task("quick_check"), step);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().reason, "database_damaged");
  EXPECT_GT(step.counters.at("faults"), 0);
  EXPECT_THAT(doubts.there, ElementsAre("store.unsound "));
}

TEST_F(StoreTasksTest, WhatCannotBeAskedIsNotDamaged) {
  // A queue that is full, a stop, a fault of the program: nobody should restore a copy for these.
  for (const ErrorCode code :
       {ErrorCode::unavailable, ErrorCode::cancelled, ErrorCode::closed, ErrorCode::internal})
    EXPECT_FALSE(tells_of_damage({code, "", "", {}, 0}));
  EXPECT_TRUE(tells_of_damage({ErrorCode::corrupt, "", "", {}, 0}));
  EXPECT_TRUE(tells_of_damage({ErrorCode::io, "", "", {}, 0}));
}

TEST_F(StoreTasksTest, FreePagesGoBackToTheFileSystem) {
  add_events(20'000);
  run_sql("DELETE FROM event WHERE sequence < 19000");
  FakeStep first;
  ASSERT_TRUE(run_task(task("wal_checkpoint"), first));
  const std::uintmax_t before = file_bytes();
  FakeStep dry;
  dry.dry = true;
  ASSERT_TRUE(run_task(task("vacuum"), dry));
  EXPECT_EQ(file_bytes(), before);
  EXPECT_GT(dry.counters.at("eligible"), 4'000'000);
  const auto done = run_task(task("vacuum"), step);
  ASSERT_TRUE(done) << done.error().detail;
  FakeStep last;
  ASSERT_TRUE(run_task(task("wal_checkpoint"), last));
  EXPECT_LT(file_bytes(), before / 2);
  EXPECT_GT(step.counters.at("bytes"), 4'000'000);
  EXPECT_THAT(ask("SELECT count(*) FROM event"), ElementsAre("1001"));
  FakeStep again;
  EXPECT_EQ(run_task(task("vacuum"), again)->message, "nothing to give back");
}

TEST_F(StoreTasksTest, StatisticsAreThereAfterwards) {
  add_events(1'000);
  // The planner asked about it, else there is nothing that would be worth renewing.
  ask("SELECT id FROM event WHERE environment_id = 'e' AND source_id = 's'");
  run_sql("UPDATE event SET message = '' WHERE environment_id = 'e' AND source_id = 's' AND at = 4");
  ASSERT_TRUE(run_task(task("statistics"), step));
  EXPECT_THAT(ask("SELECT count(*) > 0 FROM sqlite_stat1 WHERE tbl = 'event'"), ElementsAre("1"));
}

TEST_F(StoreTasksTest, TheLogIsEmptyAfterwards) {
  add_events(2'000);
  EXPECT_GT(store->figures().wal_bytes, 500'000U);
  const auto done = run_task(task("wal_checkpoint"), step);
  ASSERT_TRUE(done);
  EXPECT_FALSE(done->has_warning);
  EXPECT_EQ(store->figures().wal_bytes, 0U);
  EXPECT_GT(step.counters.at("bytes"), 500'000);
}

TEST_F(StoreTasksTest, AReaderThatStaysHoldsNothingUpButTheLog) {
  std::atomic<std::uint64_t> statements{0};
  auto stuck =
      store::Connection::open({.path = options().path, .role = store::Role::reader}, statements).value();
  stuck->run("BEGIN");
  stuck->query_integer("SELECT count(*) FROM event");
  add_events(2'000);
  const auto done = run_task(task("wal_checkpoint"), step);
  ASSERT_TRUE(done);
  EXPECT_THAT(done->message, HasSubstr("a reader held it up"));
  EXPECT_GT(store->figures().wal_bytes, 0U);
  stuck->run("COMMIT");
  FakeStep next;
  ASSERT_TRUE(run_task(task("wal_checkpoint"), next));
  EXPECT_EQ(store->figures().wal_bytes, 0U);
}

}  // namespace
}  // namespace fettle::upkeep
