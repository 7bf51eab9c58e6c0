// The server's side of runs on hosts, against an agent that a test plays by hand.
#include <gmock/gmock.h>

#include "tests/unit/runs/host_runs_fixture.h"

namespace fettle::runs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(HostRunsTest, OrdersIsTakenAndAppliesWhatIsReported) {
  HandAgent agent = come();
  const Run run = started();
  EXPECT_EQ(run.state, RunState::queued);
  const auto ordered = agent.expect<wire::RunOrder>();
  EXPECT_EQ(ordered.run_id, run.id.text());
  EXPECT_THAT(ordered.steps, ElementsAre("clock", "disk", "units", "outbox", "policy"));
  EXPECT_EQ(ordered.deadline_s, 60U);
  agent.send(taken(run));
  await_state(run.id, RunState::dispatched);
  wire::RunReport first = report(run, 1);
  first.steps = {step(1, wire::StepPhase::running)};
  first.log = {{unix_ms(clock_.wall_now()), 1, 1, "looking"}};
  agent.send(first);
  EXPECT_EQ(agent.expect<wire::RunReportAck>(), (wire::RunReportAck{run.id.text(), 1, 1}));
  EXPECT_EQ(state_of_run(run.id), RunState::running);
  agent.send(all_done(run, 2));
  EXPECT_EQ(agent.expect<wire::RunReportAck>().sequence, 2U);
  const Run ended = find(run.id);
  EXPECT_EQ(ended.state, RunState::completed);
  EXPECT_EQ(ended.steps[4].state, StepState::completed);
  EXPECT_EQ(ended.steps[4].message, "fine");
  EXPECT_THAT(log_of(run.id), ElementsAre("looking"));
  EXPECT_EQ(engine().holder("host", host.id.text()), nullptr);
  EXPECT_EQ(count_events(host, "run.completed"), 1U);
}

TEST_F(HostRunsTest, IsWhereItsHostIsThoughThatMovesJustThen) {
  HandAgent agent = come();
  struct Work {
    static Task<void> move(fleet::Fleet& fleet, HostId id) {
      EXPECT_TRUE(co_await fleet.care().move({"person", "", "ada", ""}, id, access::kSystemEnvironment, {}));
    }
    static Task<void> begin(Engine& runs, RunOrder what, std::optional<Result<Run>>& out) {
      out = co_await runs.start(std::move(what));
    }
  };
  // While the move is being stored a person and the host itself begin runs.
  loop_.set_work_delay("store-writer", {Millis(500), Millis(500)});
  io::TaskScope tasks(loop_, log_);
  tasks.spawn("move", Work::move(fleet(), host.id));
  loop_.run_for(Millis(5));
  const RunId opened = *RunId::parse("run_01935e2f000070000000000000000001");
  agent.send(wire::RunOpened{opened.text(), "nightly", "nightly", 1'000, "", ""});
  std::optional<Result<Run>> run;
  tasks.spawn("begin", Work::begin(engine(), order(), run));
  EXPECT_TRUE(loop_.run_until([&] { return run.has_value(); }, Seconds(60)));
  loop_.run_for(Seconds(5));
  loop_.run(tasks.stop());
  ASSERT_TRUE(run && *run);
  const EnvironmentId there = fleet().roster().find(host.id)->row.environment;
  EXPECT_EQ(there, access::kSystemEnvironment);
  EXPECT_EQ((*run)->target.environment, there);
  EXPECT_EQ(find((*run)->id).target.environment, there);
  EXPECT_EQ(find(opened).target.environment, there);
}

TEST_F(HostRunsTest, AppliesEachReportOnceWhateverTheWireDoes) {
  HandAgent agent = come();
  const Run run = started();
  agent.expect<wire::RunOrder>();
  wire::RunReport first = report(run, 1), second = report(run, 2);
  first.log = {{1, 1, 0, "one"}};
  second.log = {{2, 1, 0, "two"}};
  agent.send(second);  // a gap
  agent.send(first);
  agent.send(first);
  EXPECT_EQ(agent.expect<wire::RunReportAck>().sequence, 1U);
  agent.send(first);
  EXPECT_EQ(agent.expect<wire::RunReportAck>().sequence, 1U);
  agent.send(second);
  EXPECT_EQ(agent.expect<wire::RunReportAck>().sequence, 2U);
  restart(true);
  HandAgent again = come({holds(run)});
  again.send(second);
  EXPECT_EQ(again.expect<wire::RunReportAck>().sequence, 2U);
  again.send(all_done(run, 3));
  EXPECT_EQ(again.expect<wire::RunReportAck>().sequence, 3U);
  again.send(all_done(run, 3));
  EXPECT_EQ(again.expect<wire::RunReportAck>().sequence, 3U);
  EXPECT_THAT(log_of(run.id), ElementsAre("one", "two"));
  EXPECT_EQ(find(run.id).state, RunState::completed);
}

TEST_F(HostRunsTest, RefusesWhatCannotBeOrdered) {
  const auto away = start_run(order());
  ASSERT_FALSE(away);
  EXPECT_EQ(away.error().reason, "host_offline");
  EXPECT_EQ(away.error().code, ErrorCode::unavailable);
  HandAgent agent = dial();
  wire::Hello old = hello(agent.expect<wire::Challenge>(), host.id.text());
  old.version.minor = 1;
  agent.send(old);
  agent.expect<wire::Welcome>();
  const auto too_old = start_run(order());
  ASSERT_FALSE(too_old);
  EXPECT_EQ(too_old.error().reason, "agent_too_old");
  EXPECT_EQ(engine().book().size(), 0U);
}

TEST_F(HostRunsTest, ChecksTheParametersOfACommand) {
  HandAgent agent = come();
  RunOrder what = order("command");
  EXPECT_EQ(start_run(what).error().fields.at(0).pointer, "/body/parameters/name");
  what.parameters = R"({"argv":["sh"]})";
  EXPECT_EQ(start_run(what).error().fields.at(0).pointer, "/body/parameters/argv");
  what.parameters = R"({"name":"nightly"})";
  ASSERT_TRUE(start_run(what));
  EXPECT_EQ(agent.expect<wire::RunOrder>().parameters, R"({"name":"nightly"})");
  RunOrder check = order();
  check.parameters = R"({"name":"nightly"})";
  EXPECT_EQ(start_run(check).error().fields.at(0).pointer, "/body/parameters");
}

TEST_F(HostRunsTest, FailsARunThatTheAgentRefuses) {
  HandAgent agent = come();
  const Run run = started();
  agent.expect<wire::RunOrder>();
  agent.send(taken(run, "policy: runs are not allowed"));
  await_state(run.id, RunState::failed);
  EXPECT_EQ(find(run.id).message, "the agent refused it: policy: runs are not allowed");
  EXPECT_EQ(find(run.id).steps[0].state, StepState::cancelled);
}

TEST_F(HostRunsTest, RepeatsAnOrderUntilItIsTaken) {
  HandAgent agent = come();
  const Run run = started();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(agent.expect<wire::RunOrder>().run_id, run.id.text());
  agent.send(taken(run));
  await_state(run.id, RunState::dispatched);
  EXPECT_FALSE(loop_.run_until([&] { return state_of_run(run.id) != RunState::dispatched; }, Seconds(25)));
}

TEST_F(HostRunsTest, OrdersAgainWhatWasNeverTaken) {
  HandAgent agent = come();
  const Run run = started();
  agent.expect<wire::RunOrder>();
  cut();
  HandAgent again = come();
  EXPECT_EQ(again.expect<wire::RunOrder>().run_id, run.id.text());
  restart(true);
  HandAgent third = come();
  EXPECT_EQ(third.expect<wire::RunOrder>().run_id, run.id.text());
  restart(false);
  HandAgent fourth = come({holds(run)});  // its word that it took it was lost
  await_state(run.id, RunState::dispatched);
}

TEST_F(HostRunsTest, GoesOnOverALostConnectionAndIsInterruptedWhenTheAgentDoesNotKnowIt) {
  HandAgent agent = come();
  const Run run = started();
  agent.expect<wire::RunOrder>();
  agent.send(taken(run));
  agent.send(report(run, 1));
  agent.expect<wire::RunReportAck>();
  cut();
  HandAgent again = come({holds(run)});
  loop_.run_for(Seconds(30));
  EXPECT_EQ(state_of_run(run.id), RunState::running);
  cut();
  HandAgent other = come();
  await_state(run.id, RunState::interrupted);
  EXPECT_EQ(engine().holder("host", host.id.text()), nullptr);
  other.send(report(run, 2, wire::RunPhase::completed));
  EXPECT_EQ(other.expect<wire::RunReportAck>().sequence, 2U);
  EXPECT_EQ(state_of_run(run.id), RunState::interrupted);
}

TEST_F(HostRunsTest, IsCancelledBeforeAndAfterItIsTaken) {
  HandAgent agent = come();
  const Run run = started();
  agent.expect<wire::RunOrder>();
  ASSERT_TRUE(cancel(run.id));
  EXPECT_EQ(agent.expect<wire::RunCancel>(), (wire::RunCancel{run.id.text(), 1}));
  EXPECT_EQ(agent.expect<wire::RunCancel>().run_id, run.id.text());  // repeated, and no order between
  agent.send(taken(run));
  await_state(run.id, RunState::dispatched);
  wire::RunReport last = report(run, 1, wire::RunPhase::cancelled);
  last.steps = {step(1, wire::StepPhase::cancelled)};
  agent.send(last);
  agent.expect<wire::RunReportAck>();
  await_state(run.id, RunState::cancelled);
  const Run ended = find(run.id);
  EXPECT_EQ(ended.cancelled_by, "bob");
  EXPECT_EQ(ended.steps[4].state, StepState::cancelled);
}

TEST_F(HostRunsTest, IsCancelledAtOnceWhenTheAgentNeverHadIt) {
  HandAgent agent = come();
  const Run run = started();
  agent.expect<wire::RunOrder>();
  cut();
  ASSERT_TRUE(cancel(run.id));
  loop_.run_for(Seconds(30));
  EXPECT_EQ(state_of_run(run.id), RunState::queued) << "it may have it";
  HandAgent again = come();
  await_state(run.id, RunState::cancelled);
}

TEST_F(HostRunsTest, IsGivenUpWhenItsHostStaysAway) {
  HandAgent agent = come();
  const Run run = started();
  agent.expect<wire::RunOrder>();
  agent.send(taken(run));
  agent.send(report(run, 1));
  agent.expect<wire::RunReportAck>();
  cut();
  loop_.run_for(std::chrono::minutes(59));
  EXPECT_EQ(state_of_run(run.id), RunState::running);
  await_state(run.id, RunState::abandoned, std::chrono::minutes(3));
  EXPECT_EQ(find(run.id).message, "its host has been away for 60 minutes");
  EXPECT_EQ(find(run.id).epoch, 2U);
  EXPECT_EQ(engine().holder("host", host.id.text()), nullptr);
  // It comes back and has it still: it is told to end it, and what it says changes nothing.
  HandAgent again = come({holds(run)});
  EXPECT_EQ(again.expect<wire::RunCancel>(), (wire::RunCancel{run.id.text(), 1}));
  again.send(all_done(run, 2));
  EXPECT_EQ(again.expect<wire::RunReportAck>().sequence, 2U);
  EXPECT_EQ(state_of_run(run.id), RunState::abandoned);
  EXPECT_EQ(find(run.id).steps[0].state, StepState::cancelled);
}

TEST_F(HostRunsTest, EndsWithItsHost) {
  HandAgent agent = come();
  const Run run = started();
  agent.expect<wire::RunOrder>();
  ASSERT_TRUE(loop_.run(fleet().remove({"person", "", "ada", ""}, host.id), fleet::kLimit));
  await_state(run.id, RunState::interrupted);
  EXPECT_EQ(find(run.id).message, "its host was removed");
}

TEST_F(HostRunsTest, MovesWithItsHost) {
  HandAgent agent = come();
  const Run run = started();
  agent.expect<wire::RunOrder>();
  ASSERT_TRUE(loop_.run(
      fleet().care().move({"person", "", "ada", ""}, host.id, access::kSystemEnvironment, std::nullopt),
      fleet::kLimit));
  EXPECT_EQ(find(run.id).target.environment, access::kSystemEnvironment);
  agent.send(all_done(run, 1));
  agent.expect<wire::RunReportAck>();
  EXPECT_EQ(find(run.id).target.environment, access::kSystemEnvironment);
  EXPECT_EQ(find(run.id).state, RunState::completed);
}

TEST_F(HostRunsTest, IsCancelledWhenTheAgentSaysThatItNeverHadIt) {
  HandAgent agent = come();
  const Run run = started();
  agent.expect<wire::RunOrder>();
  ASSERT_TRUE(cancel(run.id));
  agent.expect<wire::RunCancel>();
  agent.send(taken(run, "this host does not have this run"));
  EXPECT_TRUE(loop_.run_until([&] { return engine().book().find(run.id) == nullptr; }, Seconds(60)));
  EXPECT_EQ(find(run.id).state, RunState::cancelled);
  EXPECT_EQ(find(run.id).message, "cancelled by bob");
}

TEST_F(HostRunsTest, BearsAnAgentThatSaysWithoutEndWhatItHolds) {
  HandAgent agent = come();
  wire::RunsHeld held{"boot", {}};
  for (std::size_t i = 0; i < wire::kMostHeldRuns; ++i) {
    const auto number = static_cast<std::uint8_t>(i);
    const auto more = static_cast<std::uint8_t>(i >> 8);
    held.runs.push_back({RunId(make_uuid7(1'700'000'000'000, {0, 0, 0, number, more})).text(), 1, true});
  }
  constexpr int kFarTooMany = 200;
  for (int i = 0; i < kFarTooMany && agent.is_open(); ++i) {
    agent.send(held);
    loop_.run_for(Millis(10));
  }
  EXPECT_FALSE(agent.is_open());
}

TEST_F(HostRunsTest, ClosesTheLinkOfWhoTalksNonsense) {
  HandAgent agent = come();
  agent.send(wire::RunReport{.run_id = "run_1", .epoch = 1, .sequence = 1});
  EXPECT_EQ(agent.closed(), 4400);
}

TEST_F(HostRunsTest, DoesNotLetAHostSpeakForAnother) {
  HandAgent agent = come();
  const Run run = started();
  agent.expect<wire::RunOrder>();
  seed_ = Key256(std::array<std::uint8_t, 32>{9, 9, 9});
  auto other = enrol(facts(*make_token(), "web-2"));
  ASSERT_TRUE(other);
  HandAgent stranger = connect(*other);
  stranger.send(wire::RunsHeld{"boot", {}});
  stranger.send(all_done(run, 1));
  EXPECT_EQ(stranger.expect<wire::RunReportAck>().sequence, 1U);  // heard, and worthless
  EXPECT_EQ(state_of_run(run.id), RunState::queued);
}

TEST_F(HostRunsTest, BelongsToTheEnvironmentThatItsHostHasWhenItIsStored) {
  HandAgent agent = come();
  const auto decide = engine().prepare(order());
  ASSERT_TRUE(loop_.run(
      fleet().care().move({"person", "", "ada", ""}, host.id, access::kSystemEnvironment, std::nullopt),
      fleet::kLimit));
  const auto decided = loop_.run(server_->store.write(decide), fleet::kLimit);
  ASSERT_TRUE(decided && decided->run);
  EXPECT_EQ(decided->run->target.environment, access::kSystemEnvironment);
  EXPECT_EQ(engine().book().find(decided->run->id)->run.target.environment, access::kSystemEnvironment);
  agent.send(all_done(*decided->run, 1));
  agent.expect<wire::RunOrder>();
  agent.expect<wire::RunReportAck>();
  EXPECT_EQ(find(decided->run->id).target.environment, access::kSystemEnvironment);
}

TEST_F(HostRunsTest, IsNotBegunWhenItsHostWentMeanwhile) {
  HandAgent agent = come();
  const auto decide = engine().prepare(order());
  ASSERT_TRUE(loop_.run(fleet().remove({"person", "", "ada", ""}, host.id), fleet::kLimit));
  const auto decided = loop_.run(server_->store.write(decide), fleet::kLimit);
  ASSERT_TRUE(decided);
  EXPECT_FALSE(decided->run);
  EXPECT_EQ(decided->refused, "its host was removed");
  EXPECT_EQ(engine().book().size(), 0U);
}

TEST_F(HostRunsTest, OneCommandThatGoesWellSaysNothingOfAnother) {
  HandAgent agent = come();
  const auto run_command = [&](const std::string& name, wire::RunPhase phase) {
    RunOrder what = order("command");
    what.parameters = R"({"name":")" + name + "\"}";
    const Run run = start_run(what).value();
    agent.expect<wire::RunOrder>();
    wire::RunReport last = report(run, 1, phase);
    const bool is_good = phase == wire::RunPhase::completed;
    last.steps = {step(1, is_good ? wire::StepPhase::completed : wire::StepPhase::failed)};
    agent.send(last);
    agent.expect<wire::RunReportAck>();
    loop_.run_for(Seconds(1));
  };
  const auto is_open = [&](const std::string& target) {
    return fleet().conditions().find({.source_id = host.id.text(), .kind = "run.failed", .target = target}) !=
           nullptr;
  };
  run_command("nightly", wire::RunPhase::failed);
  EXPECT_TRUE(is_open("command nightly"));
  run_command("hourly", wire::RunPhase::completed);
  EXPECT_TRUE(is_open("command nightly"));
  run_command("nightly", wire::RunPhase::completed);
  EXPECT_FALSE(is_open("command nightly"));
}

}  // namespace
}  // namespace fettle::runs
