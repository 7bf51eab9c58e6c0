// What was given up here and goes on on its host, and what waits for it.
#include <gmock/gmock.h>

#include "tests/unit/runs/host_runs_fixture.h"

namespace fettle::runs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// The next message of its kind; until then this run is cancelled, so often that at least `wishes` are there.
template <class T>
T expect_among_wishes(fleet::HandAgent& agent, const RunId& unwanted, int wishes) {
  for (;;) {
    auto message = agent.receive();
    if (message && std::holds_alternative<T>(*message)) {
      EXPECT_LE(wishes, 0);
      return std::get<T>(*message);
    }
    const auto* wish = message ? std::get_if<wire::RunCancel>(&*message) : nullptr;
    if (wish == nullptr) {
      ADD_FAILURE() << "another message, or the end";
      return {};
    }
    EXPECT_EQ(wish->run_id, unwanted.text());
    --wishes;
  }
}

/// What was given up while its host was away may go on there; a second one of its target waits for its end.
TEST_F(HostRunsTest, OrdersNothingBesideARunThatWasGivenUpAndGoesOnThere) {
  HandAgent agent = come();
  const Run first = started();
  agent.expect<wire::RunOrder>();
  agent.send(taken(first));
  agent.send(report(first, 1));
  agent.expect<wire::RunReportAck>();
  cut();
  await_state(first.id, RunState::abandoned, std::chrono::minutes(62));
  HandAgent again = connect(host);
  const Run second = started();  // before the agent could say what it holds
  loop_.run_for(Seconds(30));
  again.send(wire::RunsHeld{"boot", {holds(first)}});
  loop_.run_for(Seconds(30));
  EXPECT_EQ(state_of_run(second.id), RunState::queued);
  EXPECT_THAT(log_of(second.id), ElementsAre(HasSubstr("waits for the end of " + first.id.text())));
  again.send(report(first, 2));  // it goes on
  EXPECT_EQ(expect_among_wishes<wire::RunReportAck>(again, first.id, 4).sequence, 2U);
  again.send(report(first, 3, wire::RunPhase::cancelled));
  EXPECT_EQ(again.expect<wire::RunOrder>().run_id, second.id.text());
  EXPECT_EQ(again.expect<wire::RunReportAck>().sequence, 3U);
  EXPECT_EQ(state_of_run(first.id), RunState::abandoned);
}

TEST_F(HostRunsTest, OrdersNothingBeforeTheAgentHasSaidWhatItHolds) {
  HandAgent agent = connect(host);
  const Run run = started();
  loop_.run_for(Seconds(60));
  ASSERT_TRUE(cancel(run.id));
  await_state(run.id, RunState::cancelled);  // nobody had it
  const Run second = started();
  agent.send(wire::RunsHeld{"boot", {}});
  const auto ordered = agent.expect<wire::RunOrder>();
  EXPECT_EQ(ordered.run_id, second.id.text());
  EXPECT_EQ(ordered.target, "host/" + host.id.text());
}

TEST_F(HostRunsTest, WaitsForARunThatWasCancelledAndGivenUpWhileItsHostIsThere) {
  HandAgent agent = come();
  const Run first = started();
  agent.expect<wire::RunOrder>();
  agent.send(taken(first));
  await_state(first.id, RunState::dispatched);
  ASSERT_TRUE(cancel(first.id));
  await_state(first.id, RunState::abandoned, std::chrono::minutes(62));
  const Run second = started();
  loop_.run_for(std::chrono::minutes(5));
  agent.send(taken(first, "this host does not have this run"));
  wire::Message said = wire::RunCancel{};
  while (std::holds_alternative<wire::RunCancel>(said)) said = agent.receive().value();
  ASSERT_TRUE(std::holds_alternative<wire::RunOrder>(said));
  EXPECT_EQ(std::get<wire::RunOrder>(said).run_id, second.id.text());
}

TEST_F(HostRunsTest, GivesUpWhatWaitsForARunThatNeverEndsOnItsHost) {
  HandAgent agent = come();
  const Run first = started();
  agent.expect<wire::RunOrder>();
  agent.send(taken(first));
  cut();
  await_state(first.id, RunState::abandoned, std::chrono::minutes(62));
  HandAgent again = come({holds(first)});
  const Run second = started();
  await_state(second.id, RunState::abandoned, std::chrono::minutes(62));
  EXPECT_EQ(find(second.id).message, "its host did not end " + first.id.text() + " within 60 minutes");
}

TEST_F(HostRunsTest, TakesNothingForLostThatAnAgentCouldNotName) {
  HandAgent agent = come();
  const Run run = started();
  agent.expect<wire::RunOrder>();
  agent.send(report(run, 1));
  agent.expect<wire::RunReportAck>();
  cut();
  HandAgent again = connect(host);
  again.send(wire::RunsHeld{"boot", {}, true});
  loop_.run_for(Seconds(60));
  EXPECT_EQ(state_of_run(run.id), RunState::running);
  again.send(all_done(run, 2));
  again.expect<wire::RunReportAck>();
  EXPECT_EQ(find(run.id).state, RunState::completed);
}

/// Nobody but its agent tells of a run that was ordered; and that run may go on there.
TEST_F(HostRunsTest, OrdersNothingBesideARunOfWhichItsHostSaysThatItBeganByItself) {
  HandAgent agent = come();
  const Run first = started();
  agent.expect<wire::RunOrder>();
  agent.send(taken(first));
  agent.send(wire::RunOpened{first.id.text(), "mine", "x", unix_ms(clock_.wall_now()), "uid 1000", ""});
  await_state(first.id, RunState::interrupted);
  const Run second = started();
  EXPECT_EQ(agent.expect<wire::RunCancel>().run_id, first.id.text());
  EXPECT_EQ(state_of_run(second.id), RunState::queued);
  agent.send(report(first, 1, wire::RunPhase::cancelled));
  EXPECT_EQ(agent.expect<wire::RunOrder>().run_id, second.id.text());
}

}  // namespace
}  // namespace fettle::runs
