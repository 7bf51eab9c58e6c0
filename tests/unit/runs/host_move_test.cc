// What lies behind a host follows it to another environment, bit by bit.
#include <gmock/gmock.h>

#include "fettle/runs/ledger_repo.h"
#include "tests/unit/runs/host_runs_fixture.h"

namespace fettle::runs {
namespace {

using ::testing::Each;

struct HostMoveTest : HostRunsTest {
  static constexpr std::int64_t kRows = 2'400;  // of each kind: some batches
  static constexpr std::int64_t kOfOther = 60;

  /// So much has happened on it; and a little on another host, which stays.
  void fill() {
    ASSERT_TRUE(loop_.run(server_->store.write([this](store::Session& session) {
      fill_one(session, host.id, kRows);
      fill_one(session, kOther, kOfOther);
    })));
  }
  void fill_one(store::Session& session, const HostId& id, std::int64_t rows) const {
    const std::string count = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?3) ";
    session.execute(
        count +
            "INSERT INTO run (id, environment_id, plan, title, target_kind, target_id, target_name, host_id,"
            " state, is_live, holds_lock, is_dry, actor_kind, actor_id, actor_name, parameters, created_at)"
            " SELECT printf('run_%s%012x', substr(?1, -20), i), ?2, 'command', 'x', 'host', ?1, 'web-1', ?1,"
            " 'completed', 0, 0, 0, 'host', ?1, 'x', '{}', i FROM n",
        {id.text(), host.environment.text(), rows});
    // Of four schedules, with the same due times: the place in a list is not the time alone.
    session.execute(count +
                        "INSERT INTO ledger (schedule_id, nominal, fold, environment_id, schedule_name, "
                        "host_id, decided_at, outcome, reason, count)"
                        " SELECT printf('sched_%s%012x', substr(?1, -20), i % 4), i / 4, 0, ?2, 'x', ?1, i, "
                        "'ran', '', 1 FROM n",
                    {id.text(), host.environment.text(), rows});
    session.execute(count +
                        "INSERT INTO event (id, at, type, severity, environment_id, source_kind, source_id,"
                        " source_name, message, fields)"
                        " SELECT printf('event_%s%012x', substr(?1, -20), i), i, 'x', 'info', ?2, 'host', "
                        "?1, 'x', 'x', '{}' FROM n",
                    {id.text(), host.environment.text(), rows});
    session.execute(
        count +
            "INSERT INTO condition (id, kind, source_id, target, environment_id, source_kind, source_name,"
            " severity, title, message, fields, opened_at, changed_at, closed_at)"
            " SELECT printf('cond_%s%012x', substr(?1, -20), i), 'x', ?1, '', ?2, 'host', 'x', 'error', "
            "'x', 'x', '{}', i, i, i FROM n",
        {id.text(), host.environment.text(), rows});
  }
  /// How many rows of the host are in the environment: runs, ledger, events, conditions.
  std::vector<std::int64_t> rows_in(const EnvironmentId& environment, const HostId& id) {
    return loop_
        .run(server_->store.read([&](store::Session& session) {
          std::vector<std::int64_t> out;
          for (const char* of : {"run WHERE host_id", "ledger WHERE host_id",
                                 "event WHERE type = 'x' AND source_id", "condition WHERE source_id"})
            out.push_back(
                session
                    .query_one(std::string("SELECT count(*) FROM ") + of + " = ?1 AND environment_id = ?2",
                               {id.text(), environment.text()},
                               [](const store::Row& row) { return row.integer(0); })
                    .value_or(0));
          return out;
        }))
        .value();
  }
  std::vector<std::int64_t> rows_in(const EnvironmentId& environment) {
    return rows_in(environment, host.id);
  }
  EnvironmentId third_environment() {
    const EnvironmentId third(make_uuid7(6, {6}));
    EXPECT_TRUE(loop_.run(server_->store.write([&](store::Session& session) {
      session.execute("INSERT INTO environment (id, name, created_at) VALUES (?1, 'third', 1)",
                      {third.text()});
    })));
    return third;
  }
  void move(const EnvironmentId& to) {
    ASSERT_TRUE(loop_.run(fleet().care().move({"person", "", "ada", ""}, host.id, to, {}), fleet::kLimit));
  }
  /// Some of the rows of the first kind have gone.
  void await_part(const EnvironmentId& to) {
    const auto is_part = [&] {
      const auto come = rows_in(to);
      const auto is_any = [](std::int64_t rows) { return rows > 0; };
      return std::ranges::any_of(come, is_any) &&
             std::ranges::any_of(come, [](std::int64_t rows) { return rows < kRows; });
    };
    for (int i = 0; i < 1000 && !is_part(); ++i) loop_.run_for(Millis(10));
    ASSERT_TRUE(is_part());
  }
  void await_end() {
    ASSERT_TRUE(loop_.run_until([&] { return fleet().care().history().is_idle(); }, Seconds(60)));
  }

  const HostId kOther{make_uuid7(5, {7, 7, 7, 7, 7, 7, 7, 7, 7, 7})};
  const EnvironmentId& there = access::kSystemEnvironment;
};

TEST_F(HostMoveTest, TheNewestGoFirstAndAllAreThereInTheEnd) {
  loop_.set_work_delay("store-writer", {Millis(20), Millis(20)});
  fill();
  move(there);
  EXPECT_THAT(rows_in(host.environment), Each(kRows)) << "none before its turn";
  await_part(there);
  const auto order = [this](const char* sql) {
    return loop_
        .run(server_->store.read([&](store::Session& session) {
          return session.query_one(sql, {host.id.text(), there.text()},
                                   [](const store::Row& row) { return row.integer(0); });
        }))
        .value();
  };
  const auto newest_left =
      order("SELECT max(sequence) FROM event WHERE source_id = ?1 AND environment_id <> ?2");
  const auto oldest_moved =
      order("SELECT min(sequence) FROM event WHERE source_id = ?1 AND environment_id = ?2");
  EXPECT_LT(newest_left, oldest_moved);
  await_end();
  EXPECT_THAT(rows_in(host.environment), Each(0));
  EXPECT_THAT(rows_in(there), Each(kRows));
  EXPECT_THAT(rows_in(host.environment, kOther), Each(kOfOther)) << "of another host";
}

/// Who lost sight of the host sees nothing new of it, and a kill right after the answer changes nothing.
TEST_F(HostMoveTest, WhatIsOpenGoesInTheWriteOfTheMoveItself) {
  events::ConditionClaim claim;
  claim.key = {.source_id = host.id.text(), .kind = "run.failed", .target = "command nightly"};
  claim.environment = host.environment;
  claim.source_kind = "host";
  fleet().conditions().open_condition(claim);
  loop_.run_for(Seconds(1));
  move(there);
  EXPECT_EQ(fleet().conditions().find(claim.key)->environment, there);
  restart(true);
  EXPECT_EQ(fleet().conditions().find(claim.key)->environment, there);
}

TEST_F(HostMoveTest, AServerThatIsKilledGoesOnWhereItWas) {
  loop_.set_work_delay("store-writer", {Millis(20), Millis(20)});
  fill();
  move(there);
  await_part(there);
  restart(true);
  await_end();
  EXPECT_THAT(rows_in(host.environment), Each(0));
  EXPECT_THAT(rows_in(there), Each(kRows));
}

TEST_F(HostMoveTest, BackAgainBeforeAllHasArrived) {
  loop_.set_work_delay("store-writer", {Millis(20), Millis(20)});
  fill();
  const EnvironmentId here = host.environment;
  move(there);
  await_part(there);
  move(here);
  await_end();
  EXPECT_THAT(rows_in(here), Each(kRows));
  EXPECT_THAT(rows_in(there), Each(0));
}

TEST_F(HostMoveTest, FromOneToTheNextBeforeAllHasArrived) {
  loop_.set_work_delay("store-writer", {Millis(20), Millis(20)});
  fill();
  const EnvironmentId third = third_environment();
  move(there);
  await_part(there);
  move(third);
  restart(true);
  await_end();
  EXPECT_THAT(rows_in(host.environment), Each(0));
  EXPECT_THAT(rows_in(there), Each(0));
  EXPECT_THAT(rows_in(third), Each(kRows));
}

/// Two people at once: the second move begins where the first has ended, whatever it looked like before.
TEST_F(HostMoveTest, TwoAtTheSameTimeAreOneAfterTheOther) {
  loop_.set_work_delay("store-writer", {Millis(20), Millis(20)});
  fill();
  const EnvironmentId third = third_environment();
  struct Work {
    static Task<void> move(fleet::Fleet& fleet, HostId id, EnvironmentId to) {
      EXPECT_TRUE(co_await fleet.care().move({"person", "", "ada", ""}, id, to, {}));
    }
  };
  io::TaskScope tasks(loop_, log_);
  tasks.spawn("move", Work::move(fleet(), host.id, there));
  tasks.spawn("move", Work::move(fleet(), host.id, third));
  ASSERT_TRUE(loop_.run_until([&] { return tasks.size() == 0; }, Seconds(60)));
  loop_.run(tasks.stop());
  const auto in_use = loop_.run(server_->store.read([&](store::Session& session) {
    return std::vector{fleet::count_history_moves(session, host.environment),
                       fleet::count_history_moves(session, there),
                       fleet::count_history_moves(session, third)};
  }));
  EXPECT_THAT(in_use.value(), Each(::testing::Ge(4))) << "none of the three can be removed yet";
  await_end();
  EXPECT_EQ(fleet().roster().find(host.id)->row.environment, third);
  EXPECT_THAT(rows_in(third), Each(kRows));
}

TEST_F(HostMoveTest, AHostThatIsRemovedMeanwhileLeavesItsHistoryWhereItWent) {
  loop_.set_work_delay("store-writer", {Millis(20), Millis(20)});
  fill();
  move(there);
  ASSERT_TRUE(loop_.run(fleet().remove({"person", "", "ada", ""}, host.id), fleet::kLimit));
  await_end();
  EXPECT_THAT(rows_in(there), Each(kRows));
}

}  // namespace
}  // namespace fettle::runs
