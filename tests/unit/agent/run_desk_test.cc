// What becomes of an order on its host: taken once, carried out once, told completely, whatever happens to
// link, disk and process.
#include <gtest/gtest.h>

#include <csignal>
#include <stdexcept>

#include "tests/unit/agent/run_fixture.h"

namespace fettle::agent {
namespace {

using wire::RunPhase;
using wire::StepPhase;

TEST(RunDesk, ACommandOfThePolicyIsRunAndTold) {
  RunFixture fixture;
  fixture.start();
  fixture.server.send(RunFixture::order(1));
  ASSERT_TRUE(fixture.wait_for_end(1));
  const auto known = fixture.known(1);
  ASSERT_EQ(known.taken.size(), 1U);
  EXPECT_EQ(known.taken[0].refused, "");
  EXPECT_EQ(known.phase(), RunPhase::completed);
  EXPECT_EQ(known.reports.rbegin()->second.exit_code, 0);
  EXPECT_EQ(known.log(), "one\ncareful\ntwo\n");
  EXPECT_EQ(known.step(1).phase, StepPhase::completed);
  EXPECT_EQ(known.step(1).ended_at_ms - known.step(1).started_at_ms, 12'000);
  EXPECT_EQ(known.reports.begin()->first, 1U);
  EXPECT_EQ(known.reports.rbegin()->first, known.reports.size()) << "no number is left out";
  ASSERT_EQ(fixture.programs.started().size(), 1U);
  EXPECT_EQ(fixture.programs.started()[0].arguments, (std::vector<std::string>{"/bin/backup", "--all"}));
  EXPECT_EQ(fixture.programs.started()[0].environment, std::vector{"FETTLE_RUN_ID=" + RunFixture::id(1)});
  EXPECT_TRUE(
      fixture.loop.run_until([&] { return fixture.agent->figures().work.book.held == 0; }, Seconds(5)));
}

TEST(RunDesk, ALogLineIsTellableWhileTheRunLasts) {
  RunFixture fixture;
  fixture.start();
  fixture.server.send(RunFixture::order(1));
  EXPECT_TRUE(fixture.loop.run_until([&] { return fixture.known(1).log() == "one\n"; }, Seconds(2)));
  EXPECT_EQ(fixture.known(1).phase(), RunPhase::running);
}

TEST(RunDesk, HowAProgramEndsIsHowItsStepEnds) {
  RunFixture fixture;
  fixture.start();
  const auto run = [&](int number, io::SimProgram program) {
    fixture.backup = std::move(program);
    fixture.server.send(RunFixture::order(number));
    EXPECT_TRUE(fixture.wait_for_end(number));
    return fixture.known(number);
  };
  auto known = run(1, {.exit_code = 3});
  EXPECT_EQ(known.phase(), RunPhase::failed);
  EXPECT_EQ(known.reports.rbegin()->second.exit_code, 3);
  EXPECT_EQ(known.reports.rbegin()->second.message, "ended with exit code 3");
  known = run(2, {.signal = SIGSEGV});
  EXPECT_EQ(known.reports.rbegin()->second.exit_code, 128 + SIGSEGV);
  EXPECT_EQ(known.step(1).message, "ended by signal 11 (SIGSEGV)");
  known = run(3, {.lasts = Seconds(10'000), .ignores_interrupt = true});
  EXPECT_EQ(known.phase(), RunPhase::failed);
  EXPECT_EQ(known.step(1).message, "ended by signal 15 (SIGTERM) after its deadline");
  EXPECT_EQ(known.step(1).deadline_s, 600U) << "what its policy file says";
}

TEST(RunDesk, WhatThePolicyDoesNotNameIsRefusedAndNothingIsKept) {
  RunFixture fixture;
  fixture.start();
  std::vector<wire::RunOrder> orders;
  for (const char* name : {"other", "", "../backup", "backup "}) orders.push_back(RunFixture::order(1, name));
  orders.push_back(RunFixture::order(1));
  orders.back().parameters = "{\"argv\": [\"/bin/sh\"]}";
  orders.push_back(RunFixture::order(1));
  orders.back().parameters = "no json";
  orders.push_back(RunFixture::order(1));
  orders.back().plan = "shell";
  orders.push_back(RunFixture::order(1));
  orders.back().steps = {};
  orders.push_back(RunFixture::order(1));
  orders.back().run_id = "../../etc/cron.d/x";
  for (const wire::RunOrder& order : orders) {
    const std::size_t before = fixture.server.runs_taken.size();
    fixture.server.send(order);
    ASSERT_TRUE(
        fixture.loop.run_until([&] { return fixture.server.runs_taken.size() > before; }, Seconds(10)));
    EXPECT_NE(fixture.server.runs_taken.back().refused, "") << order.parameters;
  }
  EXPECT_EQ(fixture.server.runs_taken[0].refused,
            "policy: this host has no command \"other\"; it names backup");
  EXPECT_TRUE(fixture.programs.started().empty());
  EXPECT_EQ(fixture.agent->figures().work.book.held, 0U);
}

/// A simulated host, for one: the server hears so instead of waiting.
TEST(RunDesk, AnAgentThatCarriesOutNothingSaysSo) {
  AgentFixture fixture;
  fixture.start_agent();
  ASSERT_TRUE(fixture.wait_until_welcome());
  fixture.server.send(RunFixture::order(1));
  ASSERT_TRUE(fixture.loop.run_until([&] { return !fixture.server.runs_taken.empty(); }, Seconds(10)));
  EXPECT_EQ(fixture.server.runs_taken[0].refused, "this agent carries out nothing");
}

TEST(RunDesk, AnOrderThatIsRepeatedBeginsNothing) {
  RunFixture fixture;
  fixture.start();
  for (int i = 0; i < 5; ++i) fixture.server.send(RunFixture::order(1));
  ASSERT_TRUE(fixture.wait_for_taken(1));
  fixture.server.send(RunFixture::order(1));
  ASSERT_TRUE(fixture.wait_for_end(1));
  fixture.loop.run_for(Seconds(5));
  EXPECT_EQ(fixture.agent->figures().work.book.held, 0U);
  // Long done, its result known: it is said so, and nothing begins; after a new start of the agent too.
  fixture.server.send(RunFixture::order(1));
  fixture.loop.run_for(Seconds(5));
  EXPECT_NE(fixture.known(1).taken.back().refused, "");
  fixture.kill_agent();
  fixture.start();
  fixture.server.send(RunFixture::order(1));
  fixture.loop.run_for(Seconds(30));
  EXPECT_NE(fixture.known(1).taken.back().refused, "");
  EXPECT_EQ(fixture.programs.started().size(), 1U);
}

TEST(RunDesk, AtMostSoManyRunAtOnce) {
  RunFixture fixture;
  fixture.start();
  std::size_t most = 0;
  fixture.loop.check_each_turn([&] { most = std::max(most, fixture.programs.running()); });
  for (int i = 1; i <= 80; ++i) fixture.server.send(RunFixture::order(i));
  fixture.loop.run_for(std::chrono::minutes(10));
  fixture.loop.check_each_turn([] {});
  EXPECT_EQ(most, RunDesk::kMostAtOnce);
  int completed = 0, refused = 0;
  for (int i = 1; i <= 80; ++i) {
    completed += fixture.known(i).phase() == RunPhase::completed ? 1 : 0;
    refused += fixture.known(i).taken.at(0).refused.empty() ? 0 : 1;
  }
  EXPECT_EQ(completed, static_cast<int>(RunDesk::kMostAtOnce + RunDesk::kMostWaiting));
  EXPECT_EQ(refused, 80 - completed);
}

TEST(RunDesk, CancelEndsWhatRunsAndWhatWaits) {
  RunFixture fixture;
  fixture.backup.lasts = Seconds(3600);
  fixture.start();
  for (int i = 1; i <= 9; ++i) fixture.server.send(RunFixture::order(i));
  ASSERT_TRUE(fixture.loop.run_until([&] { return fixture.programs.running() == 8; }, Seconds(30)));
  ASSERT_TRUE(fixture.wait_for_taken(9));
  fixture.loop.run_for(Seconds(3));
  for (const int number : {9, 1}) {
    fixture.server.send(wire::RunCancel{RunFixture::id(number), 1});
    fixture.server.send(wire::RunCancel{RunFixture::id(number), 1});
    ASSERT_TRUE(fixture.wait_for_end(number, Seconds(5)));
    EXPECT_EQ(fixture.known(number).phase(), RunPhase::cancelled);
    EXPECT_EQ(fixture.known(number).step(1).phase, StepPhase::cancelled);
  }
  EXPECT_EQ(fixture.known(1).step(1).message, "ended by signal 2 (SIGINT) when it was asked to end");
  fixture.server.send(wire::RunCancel{RunFixture::id(77), 1});
  fixture.loop.run_for(Seconds(1));
  EXPECT_EQ(fixture.known(77).taken.at(0).refused, "this host does not have this run");
}

TEST(RunDesk, ALostLinkChangesNothing) {
  RunFixture fixture;
  fixture.backup.lasts = Seconds(120);
  fixture.start();
  fixture.server.send(RunFixture::order(1));
  fixture.loop.run_for(Seconds(1));
  for (int i = 0; i < 8; ++i) {
    fixture.network.cut("host-1");
    fixture.loop.run_for(Seconds(20));
  }
  ASSERT_TRUE(fixture.wait_for_end(1));
  const auto known = fixture.known(1);
  EXPECT_EQ(known.phase(), RunPhase::completed);
  EXPECT_EQ(known.log(), "one\ncareful\ntwo\n");
  EXPECT_EQ(known.reports.rbegin()->first, known.reports.size());
  EXPECT_EQ(fixture.programs.started().size(), 1U);
  ASSERT_GE(fixture.server.runs_held.size(), 3U);
  EXPECT_TRUE(fixture.server.runs_held[0].runs.empty());
  EXPECT_EQ(fixture.server.runs_held[2].runs.at(0).run_id, RunFixture::id(1));
  EXPECT_FALSE(fixture.server.runs_held[2].runs.at(0).is_over);
  EXPECT_EQ(fixture.server.runs_held[2].boot_id, "boot 1");
}

/// Whenever the power goes: a run that the server heard taken comes to an end, a program is started once at
/// most, and reports of equal number are equal.
TEST(RunDesk, SurvivesTheEndOfTheAgentAtAnyMoment) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RunFixture fixture(seed);
    fixture.start();
    fixture.server.send(RunFixture::order(1));
    io::SimRandom random(seed);
    fixture.loop.run_for(Micros(random.below(seed % 2 == 0 ? 15'000'000 : 60'000)));
    fixture.kill_agent();
    fixture.start();
    fixture.loop.run_for(Seconds(5));
    const bool was_taken = !fixture.known(1).taken.empty();
    const bool was_begun = !fixture.programs.started().empty();
    fixture.server.send(RunFixture::order(1));
    const auto is_settled = [&] {
      const auto known = fixture.known(1);
      return known.is_over() || (!known.taken.empty() && !known.taken.back().refused.empty());
    };
    ASSERT_TRUE(fixture.loop.run_until(is_settled, Seconds(60)));
    if (was_taken || was_begun) {
      EXPECT_TRUE(fixture.known(1).is_over());
    }
    EXPECT_LE(fixture.programs.started().size(), 1U);
    std::map<std::uint64_t, wire::RunReport> reports;
    for (const wire::RunReport& report : fixture.server.run_reports)
      EXPECT_EQ(reports.emplace(report.sequence, report).first->second, report);
  }
}

TEST(RunDesk, AStopEndsWhatRunsAndSaysSo) {
  RunFixture fixture;
  fixture.backup.lasts = Seconds(3600);
  fixture.start();
  for (int i = 1; i <= 10; ++i) fixture.server.send(RunFixture::order(i));
  ASSERT_TRUE(fixture.loop.run_until([&] { return fixture.programs.running() == 8; }, Seconds(30)));
  ASSERT_TRUE(fixture.wait_for_taken(10));
  fixture.stop_agent();
  EXPECT_EQ(fixture.programs.running(), 0U);
  for (int i = 1; i <= 10; ++i) EXPECT_EQ(fixture.known(i).phase(), RunPhase::interrupted) << i;
}

TEST(RunDesk, ADryRunSaysWhatItWouldDo) {
  RunFixture fixture;
  fixture.start();
  wire::RunOrder order = RunFixture::order(1);
  order.is_dry = true;
  fixture.server.send(order);
  ASSERT_TRUE(fixture.wait_for_end(1));
  EXPECT_EQ(fixture.known(1).phase(), RunPhase::completed);
  EXPECT_EQ(fixture.known(1).log(), "would run /bin/backup --all in /\n");
  EXPECT_TRUE(fixture.programs.started().empty());
}

TEST(RunDesk, HostCheckTellsNumbers) {
  RunFixture fixture;
  fixture.start();
  wire::RunOrder order = RunFixture::order(1);
  order.plan = "host-check";
  order.parameters = "{}";
  order.steps = {"clock", "disk", "units", "outbox", "policy", "something newer"};
  order.skipped = {"outbox"};
  fixture.server.send(order);
  ASSERT_TRUE(fixture.wait_for_end(1));
  const auto known = fixture.known(1);
  EXPECT_EQ(known.step(1).phase, StepPhase::completed);
  EXPECT_TRUE(known.step(1).counters.contains("clock_ahead_ms"));
  EXPECT_EQ(known.step(2).counters.at("free_bytes"), 40);
  EXPECT_EQ(known.step(2).message, "40 B of 100 B are free");
  EXPECT_EQ(known.step(4).phase, StepPhase::skipped);
  EXPECT_EQ(known.step(5).counters.at("commands"), 1);
  EXPECT_EQ(known.step(6).phase, StepPhase::failed);
  EXPECT_EQ(known.phase(), RunPhase::failed);
}

wire::RunOrder host_check(int number) {
  wire::RunOrder order = RunFixture::order(number);
  order.plan = "host-check";
  order.parameters = "{}";
  order.steps = {"clock", "disk", "policy"};
  order.deadline_s = 60;
  return order;
}

/// As statvfs of a file server that has gone.
Task<Result<DiskState>> hang(io::Clock& clock) {
  co_await clock.sleep_for(std::chrono::hours(1'000));
  co_return DiskState{};
}

TEST(RunDesk, AStepThatHangsEndsAtItsDeadline) {
  RunFixture fixture;
  fixture.look_at_disk = [&fixture] { return hang(fixture.clock); };
  fixture.start();
  fixture.server.send(host_check(1));
  ASSERT_TRUE(fixture.wait_for_end(1, Seconds(65)));
  const auto known = fixture.known(1);
  EXPECT_EQ(known.step(2).phase, StepPhase::failed);
  EXPECT_EQ(known.step(2).message, "did not end within 60 seconds");
  EXPECT_EQ(known.step(3).phase, StepPhase::completed);
  EXPECT_EQ(known.phase(), RunPhase::failed);
}

TEST(RunDesk, AStepThatHangsIsCancelled) {
  RunFixture fixture;
  fixture.look_at_disk = [&fixture] { return hang(fixture.clock); };
  fixture.start();
  fixture.server.send(host_check(1));
  ASSERT_TRUE(fixture.loop.run_until([&] { return fixture.known(1).step(2).phase == StepPhase::running; },
                                     Seconds(10)));
  fixture.server.send(wire::RunCancel{RunFixture::id(1), 1});
  ASSERT_TRUE(fixture.wait_for_end(1, Seconds(5)));
  EXPECT_EQ(fixture.known(1).step(2).phase, StepPhase::cancelled);
  EXPECT_EQ(fixture.known(1).step(3).phase, StepPhase::cancelled);
  EXPECT_EQ(fixture.known(1).phase(), RunPhase::cancelled);
}

TEST(RunDesk, AStopDoesNotWaitForAStepThatHangs) {
  RunFixture fixture;
  fixture.look_at_disk = [&fixture] { return hang(fixture.clock); };
  fixture.start();
  fixture.server.send(host_check(1));
  ASSERT_TRUE(fixture.loop.run_until([&] { return fixture.known(1).step(2).phase == StepPhase::running; },
                                     Seconds(10)));
  fixture.stop_agent(Seconds(1));
  fixture.start();
  ASSERT_TRUE(fixture.wait_for_end(1));
  EXPECT_EQ(fixture.known(1).phase(), RunPhase::interrupted);
}

/// Eight megabytes of lines: the beginning and the end are kept, the server's pace is kept to, and neither
/// memory nor heartbeats suffer.
TEST(RunDesk, ALongLogIsBoundedAndDoesNotStarveHeartbeats) {
  RunFixture fixture;
  std::string block;
  for (int i = 0; i < 600; ++i) block += "a line of some length, " + std::string(76, 'x') + "\n";
  fixture.backup = {.lasts = Seconds(1)};
  for (int i = 0; i < 140; ++i) fixture.backup.output.push_back({.after = Millis(10), .bytes = block});
  fixture.backup.output.push_back({.bytes = "the last line"});
  fixture.start();
  fixture.server.send(RunFixture::order(1));
  std::size_t most = 0;
  fixture.loop.check_each_turn(
      [&] { most = std::max<std::size_t>(most, fixture.agent->figures().work.book.unwritten_bytes); });
  ASSERT_TRUE(fixture.wait_for_end(1));
  fixture.loop.check_each_turn([] {});
  EXPECT_LT(most, RunBook::kMostUnwritten + 512UL * 1024);
  const std::string text = fixture.known(1).log();
  EXPECT_GT(text.size(), 3UL << 20);
  EXPECT_LT(text.size(), LogLimits{}.first_bytes + LogLimits{}.last_bytes + 4096);
  EXPECT_TRUE(text.contains("were too much and are not kept)"));
  EXPECT_TRUE(text.ends_with("the last line\n"));
  EXPECT_TRUE(fixture.wait_until_committed());
  EXPECT_TRUE(fixture.server.faults.empty());
}

TEST(RunDesk, AServerThatAcknowledgesNothingHasABoundedPartOnItsWay) {
  RunFixture fixture;
  fixture.server.script.acknowledges_runs = false;
  fixture.start();
  for (int i = 1; i <= 60; ++i) fixture.server.send(RunFixture::order(i));
  fixture.loop.run_for(Seconds(25));
  EXPECT_EQ(fixture.server.run_reports.size(), RunBook::kMostInFlight);
  // Again after 30 s, then after twice that.
  fixture.loop.run_for(std::chrono::minutes(5));
  EXPECT_LE(fixture.server.run_reports.size(), 12 * RunBook::kMostInFlight);
  EXPECT_EQ(fixture.agent->figures().work.book.held, 60U);
  // It is told all again, and completely, as soon as it does.
  fixture.server.script.acknowledges_runs = true;
  fixture.network.cut("host-1");
  for (int i = 1; i <= 60; ++i) EXPECT_TRUE(fixture.wait_for_end(i)) << i;
}

TEST(RunDesk, ALaterEpochIsToldAllOfIt) {
  RunFixture fixture;
  fixture.backup.lasts = Seconds(60);
  fixture.start();
  fixture.server.send(RunFixture::order(1));
  fixture.loop.run_for(Seconds(5));
  wire::RunOrder again = RunFixture::order(1);
  again.epoch = 2;
  fixture.server.send(again);
  fixture.loop.run_for(Seconds(5));
  EXPECT_EQ(fixture.known(1).taken.back().epoch, 2U);
  fixture.server.run_reports.clear();
  fixture.network.cut("host-1");
  ASSERT_TRUE(fixture.wait_for_end(1));
  for (const wire::RunReport& report : fixture.server.run_reports) EXPECT_EQ(report.epoch, 2U);
  EXPECT_EQ(fixture.programs.started().size(), 1U);
}

TEST(RunDesk, AFullDiskRefusesOrdersAndLosesNoResult) {
  RunFixture fixture;
  fixture.backup.lasts = Seconds(60);
  fixture.start();
  fixture.server.send(RunFixture::order(1));
  fixture.loop.run_for(Seconds(5));
  fixture.disk.set_capacity(0);
  fixture.server.send(RunFixture::order(2));
  ASSERT_TRUE(fixture.wait_for_taken(2));
  EXPECT_TRUE(fixture.known(2).taken[0].refused.starts_with("the disk of the agent takes nothing"));
  ASSERT_TRUE(fixture.wait_for_end(1)) << "the result goes from memory";
  EXPECT_EQ(fixture.known(1).phase(), RunPhase::completed);
  fixture.disk.set_capacity(std::nullopt);
  fixture.loop.run_for(Seconds(60));
  EXPECT_EQ(fixture.agent->figures().work.book.held, 0U);
}

/// A server that gave a run up may order the next one of its target while the first still ends here.
TEST(RunDesk, OfOneTargetOneRunIsCarriedOutAtATime) {
  RunFixture fixture;
  fixture.start();
  std::size_t most = 0;
  fixture.loop.check_each_turn([&] { most = std::max(most, fixture.programs.running()); });
  const auto order_of = [](int number, std::string target) {
    wire::RunOrder order = RunFixture::order(number);
    order.target = std::move(target);
    return order;
  };
  for (const int number : {1, 2, 3}) fixture.server.send(order_of(number, "host/a"));
  ASSERT_TRUE(fixture.wait_for_taken(3));
  fixture.server.send(wire::RunCancel{RunFixture::id(2), 1});
  ASSERT_TRUE(fixture.wait_for_end(2, Seconds(5))) << "what waits can be cancelled";
  for (const int number : {1, 3}) ASSERT_TRUE(fixture.wait_for_end(number));
  EXPECT_EQ(most, 1U);
  EXPECT_EQ(fixture.known(3).phase(), RunPhase::completed);
  EXPECT_TRUE(fixture.known(3).log().starts_with("waits for the end of " + RunFixture::id(1)))
      << fixture.known(3).log();
  EXPECT_FALSE(fixture.known(1).log().contains("waits"));
  fixture.server.send(order_of(4, "host/a"));
  fixture.server.send(order_of(5, "host/b"));
  fixture.server.send(order_of(6, ""));
  fixture.server.send(order_of(7, ""));
  for (const int number : {4, 5, 6, 7}) ASSERT_TRUE(fixture.wait_for_end(number));
  fixture.loop.check_each_turn([] {});
  EXPECT_EQ(most, 4U);
}

TEST(RunDesk, ARunWhoseTaskThrowsHasALastWordAndGivesItsSlotFree) {
  RunFixture fixture;
  fixture.start();
  HostPlan bad{.name = "bad"};
  bad.tasks.push_back({"one", [](StepTools&) -> Task<StepEnd> { throw std::runtime_error("a fault"); }});
  bad.tasks.push_back({"two", [](StepTools&) -> Task<StepEnd> { throw std::runtime_error("a fault"); }});
  bad.why_refused = [](const std::string&) { return std::string(); };
  fixture.agent->desk()->add_plan(std::move(bad));
  constexpr int kRuns = 2 * static_cast<int>(RunDesk::kMostAtOnce);
  for (int i = 1; i <= kRuns; ++i) {
    wire::RunOrder order = RunFixture::order(i);
    order.plan = "bad";
    order.target = "host/a";
    order.steps = {"one", "two"};
    fixture.server.send(order);
  }
  for (int i = 1; i <= kRuns; ++i) {
    ASSERT_TRUE(fixture.wait_for_end(i, Seconds(60))) << i;
    EXPECT_EQ(fixture.known(i).phase(), RunPhase::failed);
    EXPECT_EQ(fixture.known(i).step(1).phase, StepPhase::failed);
    EXPECT_EQ(fixture.known(i).step(2).phase, StepPhase::failed);
  }
  EXPECT_EQ(fixture.agent->figures().work.running, 0U);
}

TEST(RunDesk, WhatIsNotAcknowledgedIsToldAgainOverALinkThatLives) {
  RunFixture fixture;
  fixture.backup = {.lasts = Seconds(1)};
  fixture.server.script.acknowledges_runs = false;
  fixture.start();
  fixture.server.send(RunFixture::order(1));
  ASSERT_TRUE(fixture.wait_for_end(1));
  fixture.loop.run_for(Seconds(10));
  const std::size_t told = fixture.server.run_reports.size();
  fixture.server.script.acknowledges_runs = true;
  fixture.loop.run_for(Seconds(15));
  EXPECT_EQ(fixture.server.run_reports.size(), told) << "not before it was waited for";
  EXPECT_TRUE(
      fixture.loop.run_until([&] { return fixture.agent->figures().work.book.held == 0; }, Seconds(20)));
  EXPECT_EQ(fixture.server.runs_held.size(), 1U) << "one link";
}

TEST(RunDesk, WhatIsNeverAcknowledgedIsToldMoreAndMoreRarely) {
  RunFixture fixture;
  fixture.backup = {.lasts = Seconds(1)};
  fixture.server.script.acknowledges_runs = false;
  fixture.start();
  fixture.server.send(RunFixture::order(1));
  ASSERT_TRUE(fixture.wait_for_end(1));
  const std::size_t once = fixture.server.run_reports.size();
  fixture.loop.run_for(std::chrono::hours(1));
  // After 30, 60, 120, 240 and 480 s, then every 600.
  EXPECT_GE(fixture.server.run_reports.size(), 8 * once);
  EXPECT_LE(fixture.server.run_reports.size(), 11 * once);
}

TEST(RunDesk, SaysWhenItHoldsMoreThanItCanName) {
  RunFixture fixture;
  fixture.server.script.acknowledges_runs = false;
  fixture.start();
  ASSERT_TRUE(fixture.loop.run_until([&] { return !fixture.server.runs_held.empty(); }, Seconds(10)));
  EXPECT_FALSE(fixture.server.runs_held.at(0).is_partial);
  RunBook& book = fixture.agent->desk()->book();
  const int runs = static_cast<int>(wire::kMostHeldRuns) + 1;
  for (int i = 1; i <= runs; ++i) {
    ASSERT_TRUE(fixture.loop.run(book.add_opened({.run_id = RunFixture::id(i), .name = "n"})));
    if (i < 10) book.report(RunFixture::id(i), {.phase = RunPhase::completed});
  }
  fixture.network.cut("host-1");
  ASSERT_TRUE(fixture.loop.run_until([&] { return fixture.server.runs_held.size() > 1; }, Seconds(300)));
  const wire::RunsHeld& held = fixture.server.runs_held.back();
  EXPECT_TRUE(held.is_partial);
  EXPECT_EQ(held.runs.size(), wire::kMostHeldRuns);
  EXPECT_EQ(held.runs.front().run_id, RunFixture::id(10)) << "first those that would be taken for lost";
  EXPECT_EQ(std::ranges::count_if(held.runs, &wire::HeldRun::is_over), 8);
}

}  // namespace
}  // namespace fettle::agent
