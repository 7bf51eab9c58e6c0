// What the server believes of what an agent says about its runs.
#include "tests/unit/runs/host_runs_fixture.h"

namespace fettle::runs {
namespace {

using HandAgent = fleet::HandAgent;

/// It told more than its disk took, and was killed: it counts on from what is there.
TEST_F(HostRunsTest, TakesALastWordWhateverItsNumber) {
  HandAgent agent = come();
  const Run run = started();
  agent.expect<wire::RunOrder>();
  agent.send(taken(run));
  for (std::uint64_t number = 1; number <= 5; ++number) agent.send(report(run, number));
  await_state(run.id, RunState::running);
  cut();
  HandAgent again = come({holds(run, true)});
  wire::RunReport last = report(run, 3, wire::RunPhase::interrupted);
  last.message = "the agent ended in the middle";
  again.send(last);
  again.send(last);
  await_state(run.id, RunState::interrupted);
  EXPECT_EQ(find(run.id).message, "the agent ended in the middle");
  EXPECT_GE(again.expect<wire::RunReportAck>().sequence, 3U);
}

/// What an agent allows a step is shown, also after a start of the server.
TEST_F(HostRunsTest, KeepsTheDeadlineThatAnAgentTells) {
  HandAgent agent = come();
  const Run run = started();
  agent.expect<wire::RunOrder>();
  EXPECT_FALSE(find(run.id).steps.at(0).deadline) << "a host has its own";
  agent.send(taken(run));
  wire::RunReport news = report(run, 1);
  news.steps = {step(1, wire::StepPhase::running)};
  news.steps.front().deadline_s = 10;
  agent.send(news);
  agent.expect<wire::RunReportAck>();
  EXPECT_EQ(find(run.id).steps.at(0).deadline, Seconds(10));
  news = report(run, 2);
  news.steps = {step(1, wire::StepPhase::running, "still")};
  agent.send(news);
  agent.expect<wire::RunReportAck>();
  EXPECT_EQ(find(run.id).steps.at(0).deadline, Seconds(10)) << "said once is enough";
  restart(true);
  EXPECT_EQ(find(run.id).steps.at(0).deadline, Seconds(10));
}

/// A board whose clock was never set, and one that is far ahead: neither decides how long things are kept.
TEST_F(HostRunsTest, BelievesNoClockThatCannotBeRight) {
  HandAgent agent = come();
  constexpr std::int64_t kLongAgoMs = 1'000, kFarAheadMs = 4'070'908'800'000;  // 2099
  for (const std::int64_t said_ms : {kLongAgoMs, kFarAheadMs}) {
    Run own;
    own.id = RunId(make_uuid7(said_ms, {3}));
    agent.send(wire::RunOpened{own.id.text(), "boot", "/bin/boot", said_ms, "uid 0", ""});
    wire::RunReport last = report(own, 1, wire::RunPhase::failed);
    last.at_ms = said_ms + 5;
    agent.send(last);
    agent.expect<wire::RunReportAck>();
    const Run known = find(own.id);
    for (const auto& time : {known.started_at, known.ended_at, std::optional(known.created_at)}) {
      ASSERT_TRUE(time);
      EXPECT_LE(clock_.wall_now() - *time, std::chrono::minutes(2));
      EXPECT_LE(*time - clock_.wall_now(), std::chrono::minutes(2));
    }
  }
}

/// The condition of what a host runs by itself is the same under another name of the host.
TEST_F(HostRunsTest, AFailureEndsWithTheNextGoodRunWhateverTheHostIsCalledThen) {
  HandAgent agent = come();
  end_own(agent, open_own(agent, 1, "nightly"), false);
  EXPECT_EQ(open_failures(), 1U);
  ASSERT_TRUE(loop_.run(fleet().care().edit({"person", "person_1", "ada", ""}, host.id, {.name = "renamed"}),
                        fleet::kLimit));
  end_own(agent, open_own(agent, 2, "nightly"), true);
  EXPECT_EQ(open_failures(), 0U);
}

/// Commands of one name overtake each other: what ended last counts, whichever began first.
TEST_F(HostRunsTest, AStartKeepsTheFailureThatCameLast) {
  HandAgent agent = come();
  const Run slow = open_own(agent, 1, "sync");
  loop_.run_for(Seconds(1));
  end_own(agent, open_own(agent, 2, "sync"), true);
  end_own(agent, slow, false);
  EXPECT_EQ(open_failures(), 1U);
  restart(false);
  loop_.run_for(Seconds(2));
  EXPECT_EQ(open_failures(), 1U);
}

/// At a start the ends of the last runs are judged anew, and the last word counts.
TEST_F(HostRunsTest, AStartOpensNothingThatWentWellSince) {
  HandAgent agent = come();
  end_own(agent, open_own(agent, 1, "nightly"), false);
  end_own(agent, open_own(agent, 2, "nightly"), true);
  for (const bool is_crash : {false, true}) {
    restart(is_crash);
    loop_.run_for(Seconds(5));
    EXPECT_EQ(open_failures(), 0U);
  }
}

/// A dozen chatty commands cost their host neither the link nor its heartbeats.
TEST_F(HostRunsTest, SlowsDownWhoReportsTooMuchAndClosesNothing) {
  HandAgent agent = come();
  agent.send(small_set());
  Run own;
  own.id = RunId(make_uuid7(unix_ms(clock_.wall_now()), {5}));
  constexpr std::uint64_t kAtOnce = fleet::kWorkBytes / (2 * fleet::kKiB), kMore = 4'000;
  for (std::uint64_t number = 1; number <= kAtOnce + kMore && agent.is_open(); ++number) {
    agent.send(report(own, number));
    if (number % 200 != 0) continue;
    const bool is_slowed = number + 1'000 > kAtOnce - kAtOnce / 16;
    loop_.run_for(is_slowed ? Nanos(Seconds(1)) : Nanos(Millis(25)));
  }
  EXPECT_TRUE(agent.is_open());
  agent.send(heartbeat({1, 1}, {0, 0}));
  EXPECT_TRUE(loop_.run_until([&] { return fleet().roster().find(host.id)->committed.sequence == 1; },
                              std::chrono::minutes(5)));
  EXPECT_TRUE(agent.is_open());
}

/// Nobody but its agent tells of a run that was ordered.
TEST_F(HostRunsTest, EndsARunOfWhichItsHostSaysThatItBeganByItself) {
  HandAgent agent = come();
  const Run run = started();
  agent.expect<wire::RunOrder>();
  agent.send(wire::RunOpened{run.id.text(), "mine", "x", unix_ms(clock_.wall_now()), "uid 1000", ""});
  agent.send(all_done(run, 1));
  await_state(run.id, RunState::interrupted);
}

}  // namespace
}  // namespace fettle::runs
