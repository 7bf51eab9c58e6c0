// What hosts expect to run by themselves, and what becomes of it when it does not come.
#include "fettle/runs/expectations.h"

#include <gmock/gmock.h>

#include "fettle/runs/expectation_rules.h"
#include "tests/unit/runs/host_runs_fixture.h"

namespace fettle::runs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct ExpectationsTest : HostRunsTest {
  void watch() {
    watched = std::make_unique<Expectations>(
        ExpectationGround{
            loop_, clock_, log_, server_->store, server_->conditions, {loop_, *queue, server_->files}},
        fleet(), engine());
    watched->connect();
    ASSERT_TRUE(loop_.run(watched->load(), fleet::kLimit));
    watched->start();
  }
  void end() { loop_.run(watched->stop(), fleet::kLimit); }
  RunId begin(HandAgent& agent, std::string expected, std::string name = "nightly") {
    const RunId id(make_uuid7(unix_ms(clock_.wall_now()), {8, ++number}));
    agent.send(wire::RunOpened{id.text(), std::move(name), "x", unix_ms(clock_.wall_now()), "uid 0",
                               std::move(expected)});
    EXPECT_TRUE(loop_.run_until([&] { return engine().book().find(id) != nullptr; }, Seconds(60)));
    return id;
  }
  bool is_overdue() {
    loop_.run_for(Seconds(1));
    return server_->conditions.find(run_overdue_key({host.id, "nightly"})) != nullptr;
  }
  std::size_t watched_ones() {
    std::size_t count = 0;
    watched->for_each_of(host.id, [&](const Expectations::View&) { ++count; });
    return count;
  }
  std::unique_ptr<io::WorkQueue> queue = loop_.make_work_queue("zones", 1, 8);
  std::unique_ptr<Expectations> watched;
  std::uint8_t number = 0;
};

constexpr const char* kEveryHour = R"({"timing":"every 1h"})";

TEST_F(ExpectationsTest, ARunThatDoesNotComeIsOverdueUntilTheNextOne) {
  watch();
  HandAgent agent = come();
  begin(agent, kEveryHour);
  loop_.run_for(std::chrono::minutes(74));
  EXPECT_FALSE(is_overdue()) << "within the grace";
  loop_.run_for(std::chrono::minutes(3));
  EXPECT_TRUE(is_overdue());
  const auto* condition = server_->conditions.find(run_overdue_key({host.id, "nightly"}));
  EXPECT_EQ(condition->title, "nightly is overdue");
  EXPECT_EQ(condition->environment, host.environment);
  begin(agent, kEveryHour);
  EXPECT_FALSE(is_overdue());
  end();
}

TEST_F(ExpectationsTest, NothingIsExpectedAnyMoreWhenARunOrAPersonSaysSo) {
  watch();
  HandAgent agent = come();
  begin(agent, kEveryHour);
  loop_.run_for(std::chrono::minutes(80));
  EXPECT_TRUE(is_overdue());
  begin(agent, "");
  EXPECT_FALSE(is_overdue());
  EXPECT_EQ(watched_ones(), 0U);
  begin(agent, kEveryHour);
  loop_.run_for(std::chrono::minutes(80));
  EXPECT_TRUE(is_overdue());
  ASSERT_TRUE(
      loop_.run(watched->forget({"person", "person_1", "ada", ""}, {host.id, "nightly"}), fleet::kLimit));
  EXPECT_FALSE(is_overdue());
  EXPECT_FALSE(
      loop_.run(watched->forget({"person", "person_1", "ada", ""}, {host.id, "nightly"}), fleet::kLimit));
  end();
}

TEST_F(ExpectationsTest, AMistakeIsToldInTheRunsLogAndWatchesNothing) {
  watch();
  HandAgent agent = come();
  const RunId id = begin(agent, R"({"timing":"nonsense"})");
  loop_.run_for(Seconds(2));
  EXPECT_THAT(log_of(id), ElementsAre(HasSubstr("--expect is of no effect: minute: ")));
  EXPECT_EQ(watched_ones(), 0U);
  end();
}

TEST_F(ExpectationsTest, OutlivesTheServer) {
  watch();
  HandAgent agent = come();
  begin(agent, kEveryHour);
  loop_.run_for(std::chrono::minutes(80));
  EXPECT_TRUE(is_overdue());
  for (const bool is_crash : {false, true}) {
    end();
    restart(is_crash);
    watch();
    EXPECT_EQ(watched_ones(), 1U);
    EXPECT_TRUE(is_overdue());
  }
  HandAgent again = come();
  begin(again, kEveryHour);
  EXPECT_FALSE(is_overdue());
  end();
}

/// What it did meanwhile it tells when it is back.
TEST_F(ExpectationsTest, AHostThatIsAwayIsNotOverdue) {
  watch();
  HandAgent agent = come();
  begin(agent, kEveryHour);
  cut();
  loop_.run_for(std::chrono::minutes(200));
  EXPECT_FALSE(is_overdue());
  HandAgent again = come();
  loop_.run_for(std::chrono::minutes(4));
  EXPECT_FALSE(is_overdue());
  begin(again, kEveryHour);
  loop_.run_for(std::chrono::minutes(10));
  EXPECT_FALSE(is_overdue());
  end();
}

TEST_F(ExpectationsTest, AHostMayExpectSoManyAndTheyGoWithIt) {
  watch();
  HandAgent agent = come();
  RunId last;
  for (std::size_t i = 0; i <= kMostExpectations; ++i) {
    last = begin(agent, kEveryHour, "job " + std::to_string(i));
    loop_.run_for(Seconds(1));
  }
  EXPECT_EQ(watched_ones(), kMostExpectations);
  loop_.run_for(Seconds(2));
  EXPECT_THAT(log_of(last), ElementsAre(HasSubstr("only 64 commands")));
  ASSERT_TRUE(loop_.run(fleet().remove({"person", "person_1", "ada", ""}, host.id), fleet::kLimit));
  EXPECT_EQ(watched_ones(), 0U);
  end();
}

}  // namespace
}  // namespace fettle::runs
