// What hosts begin by themselves, and the ids that they give it.
#include <gmock/gmock.h>

#include "fettle/runs/occurrence_rules.h"
#include "tests/unit/runs/host_runs_fixture.h"

namespace fettle::runs {
namespace {

using ::testing::HasSubstr;

TEST_F(HostRunsTest, RecordsWhatAHostBeginsByItself) {
  HandAgent agent = come();
  Run own;
  own.id = RunId(make_uuid7(unix_ms(clock_.wall_now()), {7}));
  const wire::RunOpened opened{own.id.text(),      "nightly",
                               "/usr/bin/true -x", unix_ms(clock_.wall_now()),
                               "uid 0 (root)",     R"({"every":"1d"})"};
  agent.send(opened);
  agent.send(report(own, 1));
  EXPECT_EQ(agent.expect<wire::RunReportAck>().sequence, 1U);
  agent.send(opened);  // told once more
  const Run live = find(own.id);
  EXPECT_EQ(live.state, RunState::running);
  EXPECT_FALSE(live.holds_lock);
  EXPECT_EQ(live.target.kind, "command");
  EXPECT_EQ(live.target.id, host.id.text() + "/nightly");
  EXPECT_EQ(live.target.environment, host.environment);
  EXPECT_EQ(live.actor.name, "uid 0 (root)");
  EXPECT_EQ(live.steps.at(0).title, "/usr/bin/true -x");
  const auto cancelled = cancel(own.id);
  ASSERT_FALSE(cancelled);
  EXPECT_EQ(cancelled.error().reason, "begun_elsewhere");
  wire::RunReport last = report(own, 2, wire::RunPhase::failed);
  last.exit_code = 3;
  last.message = "exit code 3";
  last.steps = {step(1, wire::StepPhase::failed, "exit code 3")};
  agent.send(last);
  EXPECT_EQ(agent.expect<wire::RunReportAck>().sequence, 2U);
  EXPECT_EQ(find(own.id).state, RunState::failed);
  EXPECT_EQ(find(own.id).exit_code, 3);
  EXPECT_EQ(count_events(host, "run.failed"), 1U);
}

// As after an outage of the server: what is acknowledged is recorded, the rest waits for its turn.
TEST_F(HostRunsTest, RecordsAllThatAHostBeganWhileItWasAway) {
  constexpr std::uint8_t kRuns = 120;
  static_assert(kRuns > HostOpenings::kMostOpenedAtOnce);
  HandAgent agent = come();
  std::vector<Run> own(kRuns);
  for (std::uint8_t i = 0; i < kRuns; ++i) {
    own[i].id = RunId(make_uuid7(unix_ms(clock_.wall_now()), {0, i}));
    agent.send(wire::RunOpened{own[i].id.text(), "n", "c", 1, "", ""});
  }
  for (const Run& run : own) {
    wire::RunReport last = report(run, 1, wire::RunPhase::completed);
    last.steps = {step(1, wire::StepPhase::completed)};
    agent.send(last);
  }
  for (std::uint8_t i = 0; i < kRuns; ++i) agent.expect<wire::RunReportAck>();
  EXPECT_EQ(engine().book().size(), 0U);
  EXPECT_EQ(count_events(host, "run.completed"), std::size_t{kRuns});
  EXPECT_TRUE(agent.is_open());
}

TEST_F(HostRunsTest, ForgetsWhatAHostBeganWhenItIsRemoved) {
  HandAgent agent = come();
  for (std::uint8_t i = 1; i <= 100; ++i) {
    const RunId id(make_uuid7(unix_ms(clock_.wall_now()), {0, i}));
    agent.send(wire::RunOpened{id.text(), "n", "c", 1, "", ""});
  }
  loop_.run_for(Millis(100));
  EXPECT_EQ(engine().book().size(), HostOpenings::kMostOpenedAtOnce);
  ASSERT_TRUE(loop_.run(fleet().remove({"person", "person_1", "ada", ""}, host.id), fleet::kLimit));
  EXPECT_TRUE(loop_.run_until([&] { return engine().book().size() == 0; }, Seconds(60)));
  loop_.run_for(Seconds(30));
  EXPECT_EQ(engine().book().size(), 0U);
}

/// Whoever knows a schedule can compute the ids of its runs.
TEST_F(HostRunsTest, LetsNoHostTakeTheIdOfADueTime) {
  HandAgent agent = come();
  RunOrder due = order();
  due.occurrence = Occurrence{ScheduleId(make_uuid7(3, {})), wall_from_unix_ms(1'767'225'600'000), 0};
  Run own;
  own.id = occurrence_run_id(*due.occurrence);
  agent.send(wire::RunOpened{own.id.text(), "nightly", "true", 1, "", ""});
  agent.send(report(own, 1, wire::RunPhase::completed));
  EXPECT_EQ(agent.expect<wire::RunReportAck>().sequence, 1U);
  const auto decided = loop_.run(server_->store.write(engine().prepare(due)), fleet::kLimit);
  ASSERT_TRUE(decided && decided->run);
  EXPECT_EQ(decided->run->id, own.id);
  EXPECT_EQ(agent.expect<wire::RunOrder>().run_id, own.id.text());
}

TEST_F(HostRunsTest, SaysThatADueTimeCannotRunWhoseIdIsTaken) {
  HandAgent agent = come();
  RunOrder due = order();
  due.occurrence = Occurrence{ScheduleId(make_uuid7(3, {})), wall_from_unix_ms(1'767'225'600'000), 0};
  Run other;
  other.id = occurrence_run_id(*due.occurrence);
  other.plan = "exec";
  other.target = {"command", "x", "x", host.environment, host.id};
  other.state = RunState::completed;
  other.holds_lock = false;
  ASSERT_TRUE(
      loop_.run(server_->store.write([other](store::Session& session) { run_repo::insert(session, other); }),
                fleet::kLimit));
  const auto decided = loop_.run(server_->store.write(engine().prepare(due)), fleet::kLimit);
  ASSERT_TRUE(decided);
  EXPECT_FALSE(decided->run);
  EXPECT_THAT(decided->refused, HasSubstr("belongs to another run"));
}

TEST_F(HostRunsTest, LetsNoHostTakeTheIdOfARunOfSomebodyElse) {
  HandAgent agent = come();
  const Run run = started();
  agent.expect<wire::RunOrder>();
  agent.send(all_done(run, 1));
  agent.expect<wire::RunReportAck>();
  agent.send(wire::RunOpened{run.id.text(), "nightly", "true", 1, "", ""});
  agent.send(report(run, 1));
  agent.expect<wire::RunReportAck>();
  EXPECT_EQ(find(run.id).state, RunState::completed);
  EXPECT_EQ(find(run.id).plan, "host-check");
  EXPECT_EQ(engine().book().size(), 0U);
}

}  // namespace
}  // namespace fettle::runs
