// Lists of runs and of the ledger over more rows than one of them looks at.
#include <gmock/gmock.h>

#include "fettle/runs/ledger_repo.h"
#include "fettle/runs/run_repo.h"
#include "fettle/runs/runs_schema.h"
#include "fettle/runs/schedules_schema.h"
#include "tests/unit/store/store_fixture.h"

namespace fettle::runs {
namespace {

using ::testing::ElementsAre;

std::string uuid(int number) {
  std::string digits = std::to_string(number);
  return "0190000000007000" + std::string(std::size_t{16} - digits.size(), '8') + digits;
}
std::string env(int number) {
  return "env_" + uuid(number);
}

struct WalksTest : ::testing::Test, store::StoreFixture {
  WalksTest() {
    auto with = options();
    with.migrations = {{1, "runs", runs_schema_sql()},
                       {2, "schedules", schedules_schema_sql()},
                       {3, "run walks", run_walks_schema_sql()},
                       {4, "ledger walk", ledger_walk_schema_sql()},
                       {5, "step deadlines", step_deadlines_schema_sql()}};
    const auto opened = open(std::move(with));
    if (!opened) throw std::runtime_error(opened.error().detail);
  }
  void run_sql(const std::string& sql) {
    const auto done =
        loop.run(store->write([sql](store::Session& session) -> void { session.execute(sql); }));
    ASSERT_TRUE(done) << sql << ": " << done.error().detail;
  }
  /// One behind the other, numbered from `first`; the first one of plan "rare".
  void add_runs(int first, int count, int environment) {
    run_sql(
        "WITH RECURSIVE n(i) AS (SELECT " + std::to_string(first) +
        " UNION ALL SELECT i + 1 FROM n WHERE i < " + std::to_string(first + count - 1) +
        ") INSERT INTO run (id, environment_id, plan, title, target_kind, target_id, target_name, host_id, "
        "state, is_live, holds_lock, is_dry, actor_kind, actor_id, actor_name, parameters, schedule_id, "
        "nominal_at, created_at, ended_at) SELECT 'run_0190000000007000' || printf('%016d', 8000000000000000 "
        "+ i), '" +
        env(environment) + "', CASE WHEN i = " + std::to_string(first) +
        " THEN 'rare' ELSE 'often' END, 't', 'host', 'target', 'n', 'host_" + uuid(1) +
        "', 'completed', 0, 0, 0, 'server', '', '', '{}', 'schedule_" + uuid(1) + "', i, 1, 2 FROM n");
  }
  struct Listed {
    std::vector<std::int64_t> numbers;
    int answers = 0;
  };
  Listed list(run_repo::Question question) {
    Listed out;
    for (;;) {
      const auto answer =
          loop.run(store->read([&](store::Session& session) { return run_repo::list(session, question); }));
      if (!answer) ADD_FAILURE() << answer.error().detail;
      if (!answer || ++out.answers > 200) return out;
      for (const fettle::runs::Run& run : answer->runs) {
        const std::string id = run.id.text();
        out.numbers.push_back(std::stoll(id.substr(id.size() - 15)));
      }
      if (!answer->next) return out;
      question.before = answer->next;
    }
  }
  void add_due_times(int first, int count, int environment, const std::string& outcome) {
    run_sql(
        "WITH RECURSIVE n(i) AS (SELECT " + std::to_string(first) +
        " UNION ALL SELECT i + 1 FROM n WHERE i < " + std::to_string(first + count - 1) +
        ") INSERT INTO ledger (schedule_id, nominal, fold, environment_id, schedule_name, host_id, "
        "decided_at, outcome, reason, count) SELECT 'schedule_0190000000007000800000000000000' || (i % 10), "
        "i / 10, 0, '" +
        env(environment) + "', 's', 'host_" + uuid(1) + "', 1, '" + outcome + "', '', 1 FROM n");
  }
  struct Told {
    std::vector<std::pair<std::int64_t, std::string>> due;
    int answers = 0;
  };
  Told ledger(ledger_repo::Filter filter) {
    Told out;
    for (;;) {
      const auto answer =
          loop.run(store->read([&](store::Session& session) { return ledger_repo::list(session, filter); }));
      if (!answer) ADD_FAILURE() << answer.error().detail;
      if (!answer || ++out.answers > 200) return out;
      for (const auto& row : answer->rows)
        out.due.emplace_back(row.entry.nominal.time_since_epoch().count(), row.entry.schedule.text());
      if (!answer->next) return out;
      filter.after = answer->next;
    }
  }
};

TEST_F(WalksTest, RunsOfAHostATargetOrAScheduleAreFoundHoweverFarBack) {
  add_runs(1, 21'000, 1);
  const std::vector<EnvironmentId> mine{*EnvironmentId::parse(env(1))};
  run_repo::Question question{.environments = mine, .plan = "rare"};
  question.host = HostId::parse("host_" + uuid(1));
  EXPECT_THAT(list(question).numbers, ElementsAre(1));
  EXPECT_EQ(list(question).answers, 2);
  question.host.reset();
  question.target_kind = "host";
  question.target_id = "target";
  EXPECT_THAT(list(question).numbers, ElementsAre(1));
  question.target_kind.reset();
  question.schedule = ScheduleId::parse("schedule_" + uuid(1));
  ASSERT_TRUE(question.schedule);
  EXPECT_THAT(list(question).numbers, ElementsAre(1));
  question.environments = {*EnvironmentId::parse(env(2))};
  EXPECT_THAT(list(question).numbers, ElementsAre());
}

TEST_F(WalksTest, AListOverManyEnvironmentsHasEveryRunOnce) {
  constexpr int kEnvironments = 45;
  run_repo::Question question;
  for (int i = 0; i < kEnvironments; ++i) question.environments.push_back(*EnvironmentId::parse(env(i + 1)));
  for (int i = 0; i < kEnvironments; ++i) add_runs(i * 520 + 1, 520, i + 1);
  question.plan = "rare";
  question.limit = 7;
  const Listed found = list(question);
  EXPECT_EQ(found.numbers.size(), std::size_t{kEnvironments});
  EXPECT_TRUE(std::ranges::is_sorted(found.numbers, std::ranges::greater_equal{}));
  EXPECT_EQ(std::ranges::adjacent_find(found.numbers), found.numbers.end());
}

TEST_F(WalksTest, ASmallEnvironmentHasItsLedgerAtOnce) {
  add_due_times(1, 21'000, 1, "ran");
  add_due_times(-20, 5, 2, "ran");
  add_due_times(60'000, 5, 2, "missed");
  const Told told = ledger({.environments = {*EnvironmentId::parse(env(2))}});
  EXPECT_EQ(told.due.size(), 10U);
  EXPECT_EQ(told.answers, 1);
}

TEST_F(WalksTest, RareOutcomesAreFoundHoweverFarBack) {
  add_due_times(1, 3, 1, "missed");
  add_due_times(10, 21'000, 1, "ran");
  ledger_repo::Filter filter{.environments = {*EnvironmentId::parse(env(1))}};
  filter.outcomes = {LedgerOutcome::missed};
  EXPECT_EQ(ledger(filter).due.size(), 3U);
  EXPECT_EQ(ledger(filter).answers, 2);
  filter.host = HostId::parse("host_" + uuid(1));
  EXPECT_EQ(ledger(filter).due.size(), 3U);
  filter.from = Instant(Seconds(1'000));
  EXPECT_EQ(ledger(filter).due.size(), 0U);
  EXPECT_LE(ledger(filter).answers, 2) << "what is older than `from` is not walked";
}

TEST_F(WalksTest, ALedgerOverManyEnvironmentsHasEveryDueTimeOnce) {
  constexpr int kEnvironments = 45;
  ledger_repo::Filter filter;
  for (int i = 0; i < kEnvironments; ++i) {
    filter.environments.push_back(*EnvironmentId::parse(env(i + 1)));
    add_due_times(i * 1000, 1, i + 1, "missed");
    add_due_times(i * 1000 + 10, 520, i + 1, "ran");
  }
  filter.outcomes = {LedgerOutcome::missed};
  filter.limit = 7;
  const Told told = ledger(filter);
  EXPECT_EQ(told.due.size(), std::size_t{kEnvironments});
  EXPECT_TRUE(std::ranges::is_sorted(told.due, std::ranges::greater_equal{}));
  EXPECT_EQ(std::ranges::adjacent_find(told.due), told.due.end());
}

}  // namespace
}  // namespace fettle::runs
