#include "fettle/upkeep/run_tasks.h"

#include "tests/unit/upkeep/upkeep_fixture.h"

namespace fettle::upkeep {
namespace {

using ::testing::ElementsAre;

struct RunTasksTest : UpkeepFixture {
  /// Ended then, or still live where `ended_ms` is 0.
  void add_run(const std::string& id, const std::string& target, std::int64_t ended_ms) {
    const std::string ended = ended_ms == 0 ? "NULL" : std::to_string(ended_ms);
    run_sql(
        "INSERT INTO run (id, environment_id, plan, title, target_kind, target_id, target_name, state, "
        "is_live,"
        " holds_lock, is_dry, actor_kind, actor_id, actor_name, parameters, created_at, ended_at) VALUES ('" +
        id + "', 'e', 'p', 't', 'server', '" + target + "', 'n', 'completed', " +
        (ended_ms == 0 ? "1" : "0") + ", 1, 0, 'server', '', '', '{}', 1, " + ended + ")");
    run_sql("INSERT INTO run_step (run_id, number, name, title, state) VALUES ('" + id +
            "', 1, 's', 's', 'completed')");
    run_sql("INSERT INTO run_log (run_id, first, last, bytes, is_packed, body) VALUES ('" + id +
            "', 1, 1, 1, 0, x'00'),"
            " ('" +
            id + "', 2, 2, 1, 0, x'00')");
  }
  runs::PlanTask task(std::size_t index, std::int64_t keep, std::chrono::days logs) {
    return run_tasks({*store, clock, doubts}, keep, logs)[index];
  }
};

TEST_F(RunTasksTest, TheNewestOfEachTargetStayWithAllThatIsTheirs) {
  for (int i = 1; i <= 5; ++i) add_run("a" + std::to_string(i), "a", 100 + i);
  for (int i = 1; i <= 2; ++i) add_run("b" + std::to_string(i), "b", 100 + i);
  add_run("live", "a", 0);
  FakeStep dry;
  dry.dry = true;
  ASSERT_TRUE(run_task(task(0, 2, {}), dry));
  EXPECT_EQ(dry.counters.at("seen"), 7);
  EXPECT_EQ(dry.counters.at("eligible"), 3);
  const auto done = run_task(task(0, 2, {}), step);
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_EQ(done->message, "removed 3 runs");
  EXPECT_THAT(ask("SELECT id FROM run ORDER BY id"), ElementsAre("a4", "a5", "b1", "b2", "live"));
  EXPECT_THAT(ask("SELECT DISTINCT run_id FROM run_step ORDER BY run_id"),
              ElementsAre("a4", "a5", "b1", "b2", "live"));
  EXPECT_THAT(ask("SELECT count(*) FROM run_log"), ElementsAre("10"));
}

TEST_F(RunTasksTest, WithZeroAllStay) {
  EXPECT_EQ(task(0, 0, {}).why_skipped(), "kept for ever (upkeep.runs_per_target = 0)");
  EXPECT_EQ(task(1, 0, {}).why_skipped(), "kept for ever (upkeep.run_log_days = 0)");
}

TEST_F(RunTasksTest, TheLogGoesToTheMillisecondAndTheRunStays) {
  constexpr std::int64_t kDay = 86'400'000;
  const std::int64_t then = now_ms() + 60'000;
  add_run("old", "a", then - 3 * kDay - 1);
  add_run("young", "a", then - 3 * kDay);
  add_run("live", "b", 0);
  run_until(wall_from_unix_ms(then));
  const auto done = run_task(task(1, 0, std::chrono::days(3)), step);
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_EQ(done->message, "removed 2 rows");
  EXPECT_EQ(step.counters.at("eligible"), 2);
  EXPECT_EQ(step.counters.at("deleted"), 2);
  EXPECT_THAT(ask("SELECT DISTINCT run_id FROM run_log ORDER BY run_id"), ElementsAre("live", "young"));
  EXPECT_THAT(ask("SELECT count(*) FROM run"), ElementsAre("3"));
  EXPECT_THAT(doubts.there, ::testing::IsEmpty());
}

}  // namespace
}  // namespace fettle::upkeep
