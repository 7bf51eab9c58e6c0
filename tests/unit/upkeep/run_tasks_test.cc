#include "fettle/upkeep/run_tasks.h"

#include "fettle/runs/run_history_repo.h"
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
    return run_tasks({*store, clock, doubts},
                     {.per_target = keep, .commands_per_host = 0, .commands = std::chrono::days(0)},
                     logs)[index];
  }
  runs::PlanTask commands(std::int64_t names, std::chrono::days days) {
    return run_tasks({*store, clock, doubts}, {.per_target = 3, .commands_per_host = names, .commands = days},
                     {})[0];
  }
  /// Runs of a command of a host, one after the other.
  void add_command_runs(const std::string& host, const std::string& name, int count, std::int64_t ended_ms) {
    const std::string first = host + name;
    run_sql("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
            std::to_string(count) +
            ") INSERT INTO run (id, environment_id, plan, title, target_kind, target_id, target_name, state, "
            "is_live, holds_lock, is_dry, actor_kind, actor_id, actor_name, parameters, created_at, ended_at)"
            " SELECT '" +
            first + "' || '_' || i, 'e', 'exec', 't', 'command', '" + host + "/" + name +
            "', 'n', 'completed', 0, 0, 0, 'host', '', '', '{}', 1, " + std::to_string(ended_ms) + " FROM n");
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

TEST_F(RunTasksTest, OfTheCommandsOfAHostThoseThatRanLastStay) {
  constexpr std::int64_t kDay = 86'400'000;
  add_command_runs("h1", "old", 3, now_ms() - kDay);
  add_command_runs("h2", "alone", 1, now_ms() - kDay);
  for (int i = 0; i < 30; ++i) add_command_runs("h1", "random" + std::to_string(i), 1, now_ms() - kDay);
  add_command_runs("h1", "nightly", 4, now_ms() - kDay);
  add_run("server", "s", 100);
  FakeStep dry;
  dry.dry = true;
  ASSERT_TRUE(run_task(commands(10, std::chrono::days(0)), dry));
  EXPECT_EQ(dry.counters.at("seen"), 39);
  EXPECT_EQ(dry.counters.at("eligible"), 25);
  EXPECT_EQ(dry.counters.at("deleted"), 0);
  EXPECT_THAT(ask("SELECT count(*) FROM run"), ElementsAre("39"));
  const auto done = run_task(commands(10, std::chrono::days(0)), step);
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_EQ(done->message, "removed 25 runs");
  EXPECT_EQ(step.counters.at("deleted"), 25);
  EXPECT_EQ(step.counters.at("eligible"), 25);
  EXPECT_THAT(ask("SELECT count(DISTINCT target_id) FROM run WHERE target_id LIKE 'h1/%'"),
              ElementsAre("10"));
  EXPECT_THAT(ask("SELECT count(*) FROM run WHERE target_id = 'h1/nightly'"), ElementsAre("3"));
  EXPECT_THAT(ask("SELECT count(*) FROM run WHERE target_id IN ('h2/alone', 's')"), ElementsAre("2"));
}

TEST_F(RunTasksTest, RunsOfCommandsGoWithTheirDays) {
  constexpr std::int64_t kDay = 86'400'000;
  const std::int64_t then = now_ms() + 60'000;
  add_command_runs("h1", "yearly", 1, then - 10 * kDay - 1);
  add_command_runs("h1", "weekly", 1, then - 10 * kDay);
  add_run("server", "s", then - 100 * kDay);
  run_until(wall_from_unix_ms(then));
  ASSERT_TRUE(run_task(commands(0, std::chrono::days(10)), step));
  EXPECT_EQ(step.counters.at("deleted"), 1);
  EXPECT_THAT(ask("SELECT target_id FROM run ORDER BY target_id"), ElementsAre("h1/weekly", "s"));
}

TEST_F(RunTasksTest, ALogThatWasNeverPackedGoesPieceByPiece) {
  add_run("a1", "a", 100);
  add_run("a2", "a", 101);
  run_sql(
      "WITH RECURSIVE n(i) AS (SELECT 3 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)"
      " INSERT INTO run_log (run_id, first, last, bytes, is_packed, body) SELECT 'a1', i, i, 1, 0, x'00' "
      "FROM n");
  const std::uint64_t before = store->figures().pieces;
  ASSERT_TRUE(run_task(task(0, 1, {}), step));
  EXPECT_GE(store->figures().pieces - before, 6U) << "3,000 rows in batches of 500";
  EXPECT_EQ(step.counters.at("deleted"), 1);
  EXPECT_THAT(ask("SELECT id FROM run"), ElementsAre("a2"));
  EXPECT_THAT(ask("SELECT count(*) FROM run_log"), ElementsAre("2"));
}

/// Each look at it is 40 ms later.
struct SlowClock final : io::Clock {
  explicit SlowClock(io::Clock& real) : real_(real) {}
  [[nodiscard]] WallTime wall_now() const override { return real_.wall_now(); }
  [[nodiscard]] MonoTime mono_now() const override { return real_.mono_now() + Millis(40) * ++looks_; }
  Task<void> sleep_until(MonoTime due) override { co_await real_.sleep_until(due); }

 private:
  io::Clock& real_;
  mutable int looks_ = 0;
};

TEST_F(RunTasksTest, OnASlowMachineEachLookIsShortAndAllTargetsAreSeen) {
  for (int i = 0; i < 40; ++i) {
    const std::string id = std::to_string(i);
    add_run("a" + id, "a" + id, 100);
    add_run("b" + id, "a" + id, 101);
  }
  SlowClock slow(clock);
  const auto part = loop.run(store->read([&](store::Session& session) {
    return runs::run_history_repo::look(session, slow, {}, {.per_target = 1, .commands_before = {}});
  }));
  ASSERT_TRUE(part);
  EXPECT_LT(part->targets.size(), 5U);
  EXPECT_FALSE(part->is_end);
  const auto tasks = run_tasks({*store, slow, doubts},
                               {.per_target = 1, .commands_per_host = 0, .commands = std::chrono::days(0)},
                               std::chrono::days(1));
  ASSERT_TRUE(run_task(tasks[0], step));
  EXPECT_EQ(step.counters.at("seen"), 80);
  EXPECT_EQ(step.counters.at("deleted"), 40);
  FakeStep logs;
  ASSERT_TRUE(run_task(tasks[1], logs));
  EXPECT_EQ(logs.counters.at("deleted"), 80);
  EXPECT_THAT(ask("SELECT count(*) FROM run_log"), ElementsAre("0"));
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
