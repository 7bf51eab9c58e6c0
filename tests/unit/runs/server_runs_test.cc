#include "fettle/runs/server_runs.h"

#include <gmock/gmock.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/this_coro.hpp>
#include <set>
#include <stdexcept>

#include "fettle/runs/run_rules.h"
#include "tests/unit/runs/runs_fixture.h"

namespace fettle::runs {
namespace {

using enum StepState;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

struct ServerRunsTest : RunsFixture {};

TEST_F(ServerRunsTest, CarriesOutItsStepsInTheirOrder) {
  begin({make_plan("upkeep", {{.rows = 3}, {.rows = 4}, {}})});
  const Run run = started("upkeep");
  EXPECT_EQ(run.state, RunState::queued);
  const Run ended = wait_for(run.id);
  EXPECT_EQ(ended.state, RunState::completed);
  EXPECT_THAT(step_states(ended), ElementsAre(completed, completed, completed));
  EXPECT_EQ(ended.steps[0].counters, (Counters{{"rows", 3}}));
  EXPECT_EQ(ended.steps[0].message, "did it");
  EXPECT_LE(*ended.steps[0].ended_at, *ended.steps[1].started_at);
  EXPECT_TRUE(ended.started_at && ended.ended_at);
  EXPECT_EQ(begun_steps.size(), 3U);
  EXPECT_THAT(event_types(), ElementsAre("run.completed"));
  EXPECT_EQ(number("SELECT count(*) FROM audit_entry WHERE action = 'run.start'"), 1);
}

TEST_F(ServerRunsTest, GoesOnAfterAFailedStepAndSaysWhatHappenedToEach) {
  begin({make_plan("upkeep",
                   {{}, {.fails = "no such table"}, {.skipped = "switched off in the settings"}, {}})});
  const Run ended = wait_for(started("upkeep").id);
  EXPECT_EQ(ended.state, RunState::failed);
  EXPECT_EQ(ended.message, "Step 2: no such table");
  EXPECT_THAT(step_states(ended), ElementsAre(completed, failed, skipped, completed));
  EXPECT_EQ(ended.steps[2].message, "switched off in the settings");
  EXPECT_THAT(event_types(), Contains("run.failed"));
  EXPECT_TRUE(is_open("run.failed", "upkeep"));
}

TEST_F(ServerRunsTest, StaysFailedWhileIdleAndAfterARestart) {
  begin({make_plan("upkeep", {{.fails = "no"}, {}})});
  const RunId id = started("upkeep").id;
  wait_for(id);
  loop.run_for(std::chrono::hours(2));
  EXPECT_THAT(step_states(find(id)), ElementsAre(failed, completed));
  stop();
  start();
  EXPECT_EQ(find(id).state, RunState::failed);
  EXPECT_THAT(step_states(find(id)), ElementsAre(failed, completed));
  EXPECT_TRUE(is_open("run.failed", "upkeep"));
}

TEST_F(ServerRunsTest, ClosesTheConditionWithTheNextSuccess) {
  Plan plan = make_plan("upkeep", {{}});
  bool is_broken = true;
  plan.tasks[0].function = [&](StepContext&) -> Task<Result<StepOutcome>> {
    struct Go {
      static Task<Result<StepOutcome>> go(bool broken) {
        if (broken) co_return fail(ErrorCode::io, "broken", "no");
        co_return StepOutcome{};
      }
    };
    return Go::go(is_broken);
  };
  begin({plan});
  wait_for(started("upkeep").id);
  EXPECT_TRUE(is_open("run.failed", "upkeep"));
  is_broken = false;
  RunOrder dry = order("upkeep");
  dry.is_dry = true;
  wait_for(start_run(dry)->id);
  EXPECT_TRUE(is_open("run.failed", "upkeep"));  // a dry run proves nothing
  wait_for(started("upkeep").id);
  EXPECT_FALSE(is_open("run.failed", "upkeep"));
}

TEST_F(ServerRunsTest, EndsAtAFailureWhereThePlanSaysSo) {
  Plan plan = make_plan("careful", {{.fails = "no"}, {}, {}});
  plan.stops_at_failure = true;
  begin({plan});
  const Run ended = wait_for(started("careful").id);
  EXPECT_EQ(ended.state, RunState::failed);
  EXPECT_THAT(step_states(ended), ElementsAre(failed, skipped, skipped));
  EXPECT_THAT(ended.steps[1].message, HasSubstr("Step 1"));
  EXPECT_EQ(begun_steps.size(), 1U);
}

TEST_F(ServerRunsTest, EndsAStepThatHangsAtItsDeadline) {
  begin({make_plan("upkeep", {{.takes = std::chrono::hours(24)}, {}})});
  const Run ended = wait_for(started("upkeep").id);
  EXPECT_EQ(ended.state, RunState::failed);
  EXPECT_THAT(step_states(ended), ElementsAre(failed, completed));
  EXPECT_EQ(ended.steps[0].message, "did not end within 60 s");
  EXPECT_GE(*ended.steps[0].ended_at - *ended.steps[0].started_at, Seconds(60));
  EXPECT_LT(*ended.steps[0].ended_at - *ended.steps[0].started_at, Seconds(62));
}

TEST_F(ServerRunsTest, SaysThatARunHangsWhoseStepDoesNotHeedItsDeadline) {
  // Waits on what cannot be cancelled.
  auto held = std::make_shared<io::AsyncEvent>();
  Plan plan = make_plan("stuck", {{}});
  plan.tasks[0].function = [&, held](StepContext&) {
    struct Go {
      static Task<Result<StepOutcome>> go(io::Clock& time, std::shared_ptr<io::AsyncEvent> until) {
        co_await boost::asio::this_coro::reset_cancellation_state(boost::asio::disable_cancellation());
        while (!until->is_set()) co_await time.sleep_for(Seconds(1));
        co_return StepOutcome{};
      }
    };
    return Go::go(clock, held);
  };
  begin({plan});
  const RunId id = started("stuck").id;
  loop.run_for(Seconds(140));
  EXPECT_FALSE(is_open("run.hangs", "stuck"));
  loop.run_for(Seconds(30));
  EXPECT_TRUE(is_open("run.hangs", "stuck"));
  held->set();
  wait_for(id);
  EXPECT_FALSE(is_open("run.hangs", "stuck"));
}

TEST_F(ServerRunsTest, CompletesWithWarnings) {
  begin({make_plan("upkeep", {{.has_warning = true}, {}})});
  const Run ended = wait_for(started("upkeep").id);
  EXPECT_EQ(ended.state, RunState::completed_with_warnings);
  EXPECT_EQ(ended.message, "Step 1: did it");
  EXPECT_FALSE(is_open("run.failed", "upkeep"));
}

TEST_F(ServerRunsTest, IsCancelledInTheMiddleOfAStep) {
  begin({make_plan("upkeep", {{}, {.takes = Seconds(50)}, {}})});
  const RunId id = started("upkeep").id;
  ASSERT_TRUE(wait_for_step(id, 2));
  const auto answer = cancel(id);
  ASSERT_TRUE(answer);
  const Run ended = wait_for(id, Seconds(2));
  EXPECT_EQ(ended.state, RunState::cancelled);
  EXPECT_THAT(step_states(ended), ElementsAre(completed, cancelled, cancelled));
  EXPECT_EQ(ended.message, "cancelled by bob");
  EXPECT_EQ(ended.cancelled_by, "bob");
  EXPECT_TRUE(ended.cancel_requested_at);
  EXPECT_EQ(number("SELECT count(*) FROM audit_entry WHERE action = 'run.cancel'"), 1);
  EXPECT_FALSE(is_open("run.failed", "upkeep"));
}

TEST_F(ServerRunsTest, IsCancelledWhileItWaits) {
  std::vector<Plan> plans;
  for (std::size_t i = 0; i <= ServerRuns::kMostAtOnce; ++i) {
    plans.push_back(make_plan("plan" + std::to_string(i), {{.takes = Seconds(20)}}));
  }
  begin(plans);
  engine().add_target_kind("thing", [](const std::string& id) {
    return std::optional(Target{"server", id, id, access::kSystemEnvironment, std::nullopt});
  });
  std::vector<RunId> ids;
  for (std::size_t i = 0; i <= ServerRuns::kMostAtOnce; ++i) {
    RunOrder one = order("plan" + std::to_string(i));
    one.target = *engine().find_target("thing", "thing" + std::to_string(i));
    ids.push_back(start_run(one)->id);
  }
  loop.run_for(Seconds(1));
  EXPECT_EQ(find(ids.back()).state, RunState::queued);
  ASSERT_TRUE(cancel(ids.back()));
  const Run ended = wait_for(ids.back(), Seconds(2));
  EXPECT_EQ(ended.state, RunState::cancelled);
  EXPECT_THAT(step_states(ended), ElementsAre(cancelled));
  for (std::size_t i = 0; i < ServerRuns::kMostAtOnce; ++i)
    EXPECT_EQ(wait_for(ids[i]).state, RunState::completed);
}

TEST_F(ServerRunsTest, IsNotCancelledTwiceNorAfterItsEnd) {
  begin({make_plan("upkeep", {{.takes = Seconds(5), .ignores_end = true}, {}})});
  const RunId id = started("upkeep").id;
  ASSERT_TRUE(wait_for_step(id, 1));
  ASSERT_TRUE(cancel(id));
  wait_for(id);
  const auto late = cancel(id);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().reason, "run_ended");
  const auto unknown = cancel(RunId(make_uuid7(1, {})));
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::not_found);
  EXPECT_EQ(number("SELECT count(*) FROM audit_entry WHERE action = 'run.cancel'"), 1);
}

TEST_F(ServerRunsTest, IsCancelledByAShutdownWithinTwoSeconds) {
  begin({make_plan("upkeep", {{}, {.takes = Seconds(50)}, {}})});
  const RunId id = started("upkeep").id;
  ASSERT_TRUE(wait_for_step(id, 2));
  const MonoTime before = loop.now();
  loop.run(engine().stop(), Seconds(10));
  EXPECT_LE(loop.now() - before, Seconds(2));
  stop();
  start();
  const Run ended = find(id);
  EXPECT_EQ(ended.state, RunState::cancelled);
  EXPECT_EQ(ended.message, "cancelled by the server, which stopped");
  EXPECT_THAT(step_states(ended), ElementsAre(completed, cancelled, cancelled));
  EXPECT_EQ(wait_for(started("upkeep").id).state, RunState::completed);
}

TEST_F(ServerRunsTest, IsInterruptedByACrashAndItsLockIsFree) {
  begin({make_plan("upkeep", {{}, {.takes = Seconds(50)}, {}})});
  const RunId id = started("upkeep").id;
  ASSERT_TRUE(wait_for_step(id, 2));
  crash();
  const Run ended = find(id);
  EXPECT_EQ(ended.state, RunState::interrupted);
  EXPECT_THAT(step_states(ended), ElementsAre(completed, failed, cancelled));
  EXPECT_EQ(ended.steps[1].message, "the server ended in the middle");
  EXPECT_TRUE(is_open("run.failed", "upkeep"));
  const Run next = started("upkeep");
  EXPECT_EQ(wait_for(next.id).state, RunState::completed);
  EXPECT_FALSE(is_open("run.failed", "upkeep"));
}

TEST_F(ServerRunsTest, EndsWhenThereIsSpaceAgain) {
  begin({make_plan("upkeep", {{.takes = Seconds(5)}, {.takes = Seconds(5)}})});
  const RunId id = started("upkeep").id;
  ASSERT_TRUE(wait_for_step(id, 1));
  disk.set_capacity(disk.used());
  loop.run_for(Seconds(60));
  disk.set_capacity(std::nullopt);
  const Run ended = wait_for(id, Seconds(120));
  EXPECT_EQ(ended.state, RunState::completed);
  loop.run_for(Seconds(10));
  EXPECT_EQ(wait_for(started("upkeep").id).state, RunState::completed);
}

TEST_F(ServerRunsTest, TellsADryRunAndRunsOnlyTheStepsThatAreNamed) {
  begin({make_plan("upkeep", {{}, {}, {}})});
  RunOrder what = order("upkeep");
  what.is_dry = true;
  what.only_steps = {"step_2"};
  const Run ended = wait_for(start_run(what)->id);
  EXPECT_TRUE(ended.is_dry);
  EXPECT_THAT(step_states(ended), ElementsAre(skipped, completed, skipped));
  EXPECT_THAT(begun_steps, ElementsAre("dry"));
}

TEST_F(ServerRunsTest, SurvivesAStepThatThrows) {
  Plan plan = make_plan("upkeep", {{}, {}});
  plan.tasks[0].function = [](StepContext&) {
    struct Go {
      static Task<Result<StepOutcome>> go() {
        throw std::runtime_error("a fault");
        co_return StepOutcome{};
      }
    };
    return Go::go();
  };
  begin({plan});
  const Run ended = wait_for(started("upkeep").id);
  EXPECT_EQ(ended.state, RunState::failed);
  EXPECT_THAT(step_states(ended), ElementsAre(failed, completed));
  EXPECT_THAT(ended.steps[0].message, HasSubstr("fault of the program"));
}

/// The lock is free only when the step has truly ended; until then somebody should know.
TEST_F(ServerRunsTest, SaysThatARunHangsWhoseStepDoesNotHeedACancellation) {
  auto held = std::make_shared<io::AsyncEvent>();
  Plan plan = make_plan("stuck", {{}});
  plan.tasks[0].deadline = std::chrono::hours(2);
  plan.tasks[0].function = [&, held](StepContext&) {
    struct Go {
      static Task<Result<StepOutcome>> go(io::Clock& time, std::shared_ptr<io::AsyncEvent> until) {
        co_await boost::asio::this_coro::reset_cancellation_state(boost::asio::disable_cancellation());
        while (!until->is_set()) co_await time.sleep_for(Seconds(1));
        co_return StepOutcome{};
      }
    };
    return Go::go(clock, held);
  };
  begin({plan});
  const RunId id = started("stuck").id;
  loop.run_for(Seconds(10));
  ASSERT_TRUE(cancel(id));
  loop.run_for(Seconds(280));
  EXPECT_FALSE(is_open("run.hangs", "stuck"));
  loop.run_for(Seconds(30));
  EXPECT_TRUE(is_open("run.hangs", "stuck"));
  EXPECT_EQ(start_run(order("stuck")).error().reason, "target_busy");
  held->set();
  EXPECT_EQ(wait_for(id).state, RunState::completed) << "its step came to its end after all";
  EXPECT_FALSE(is_open("run.hangs", "stuck"));
}

TEST_F(ServerRunsTest, GoesOnWhenAStepCannotSayWhetherItIsToRun) {
  Plan plan = make_plan("upkeep", {{}, {}, {}});
  plan.tasks[1].why_skipped = []() -> std::string { throw std::runtime_error("no settings"); };
  begin({plan});
  const Run ended = wait_for(started("upkeep").id);
  EXPECT_EQ(ended.state, RunState::failed);
  EXPECT_THAT(step_states(ended), ElementsAre(completed, failed, completed));
  EXPECT_EQ(ended.steps[1].message, "ended by a fault of the program; the log has it");
  EXPECT_TRUE(start_run(order("upkeep"))) << "its target is free";
}

TEST_F(ServerRunsTest, ClosesTheConditionOfARunThatHungWhenTheServerStartsAgain) {
  begin({make_plan("stuck", {{.takes = Seconds(50)}})});
  const RunId id = started("stuck").id;
  ASSERT_TRUE(wait_for_step(id, 1));
  events::ConditionClaim claim;
  claim.key = {.source_id = "server_test", .kind = "run.hangs", .target = "stuck"};
  claim.environment = access::kSystemEnvironment;
  claim.source_kind = "server";
  life->conditions.open_condition(claim);  // as the watch does
  EXPECT_TRUE(is_open("run.hangs", "stuck"));
  crash();
  EXPECT_EQ(find(id).state, RunState::interrupted);
  EXPECT_FALSE(is_open("run.hangs", "stuck"));
}

/// A start judges the newest ends once more, since the last of them may not have been told before.
TEST_F(ServerRunsTest, WhatAPersonClosedStaysClosedOverARestartUntilARunFailsAnew) {
  begin({make_plan("upkeep", {{.fails = "no room"}})});
  wait_for(started("upkeep").id);
  ASSERT_TRUE(is_open("run.failed", "upkeep"));
  crash();
  ASSERT_TRUE(is_open("run.failed", "upkeep"));
  const ConditionId id =
      life->conditions.find({.source_id = "server_test", .kind = "run.failed", .target = "upkeep"})->id;
  ASSERT_TRUE(loop.run(life->conditions.close_by_hand({"person", "person_1", "ada", ""}, id)));
  EXPECT_FALSE(is_open("run.failed", "upkeep"));
  crash();
  EXPECT_FALSE(is_open("run.failed", "upkeep"));
  wait_for(started("upkeep").id);
  EXPECT_TRUE(is_open("run.failed", "upkeep"));
}

TEST_F(ServerRunsTest, ClosesAtAStartWhatSaysNotWhichCommandFailed) {
  begin({make_plan("upkeep", {{}})});
  for (const char* target : {"command", "command nightly"}) {
    events::ConditionClaim claim;
    claim.key = {.source_id = "host_1", .kind = "run.failed", .target = target};
    claim.environment = access::kSystemEnvironment;
    claim.source_kind = "host";
    life->conditions.open_condition(claim);
  }
  loop.run_for(Seconds(1));
  crash();
  loop.run_for(Seconds(1));
  const auto is_known = [&](const char* target) {
    return life->conditions.find({.source_id = "host_1", .kind = "run.failed", .target = target}) != nullptr;
  };
  EXPECT_FALSE(is_known("command"));
  EXPECT_TRUE(is_known("command nightly"));
}

TEST_F(ServerRunsTest, AShutdownWaitsForAStepThatTakesItsTimeThoughRunsHaveEndedBefore) {
  Plan slow = make_plan("slow", {{}});
  slow.tasks[0].function = [this](StepContext&) {
    struct Go {
      static Task<Result<StepOutcome>> go(io::Clock& time) {
        try {
          co_await time.sleep_for(std::chrono::hours(1));
        } catch (...) {
        }
        co_await boost::asio::this_coro::reset_cancellation_state(boost::asio::disable_cancellation());
        co_await time.sleep_for(Millis(500));
        co_return fail(ErrorCode::cancelled, "cancelled", "it was told to end");
      }
    };
    return Go::go(clock);
  };
  begin({make_plan("upkeep", {{}}), slow});
  wait_for(started("upkeep").id);
  const RunId id = started("slow").id;
  ASSERT_TRUE(wait_for_step(id, 1));
  stop();
  start();
  EXPECT_EQ(find(id).state, RunState::cancelled);
}

/// Of two failures in different steps a rerun of the older one mends one.
TEST_F(ServerRunsTest, ARerunOfSomeStepsSaysNothingOfALaterFailureOfOthers) {
  std::set<std::string> broken{"step_1"};
  Plan plan = make_plan("upkeep", {{}, {}});
  for (PlanTask& task : plan.tasks) {
    task.function = [&broken, name = task.name](StepContext&) {
      struct Go {
        static Task<Result<StepOutcome>> go(bool is_broken) {
          if (is_broken) co_return fail(ErrorCode::io, "broken", "no");
          co_return StepOutcome{};
        }
      };
      return Go::go(broken.contains(name));
    };
  }
  begin({plan});
  const auto rerun = [&](const Run& of) {
    RunOrder what = order("upkeep");
    what.rerun_of = of.id;
    what.only_steps = unfinished_steps(of);
    return wait_for(start_run(what)->id);
  };
  const Run first = wait_for(started("upkeep").id);
  broken = {"step_2"};
  const Run second = wait_for(started("upkeep").id);
  broken.clear();
  EXPECT_EQ(rerun(first).state, RunState::completed);
  EXPECT_TRUE(is_open("run.failed", "upkeep"));
  EXPECT_EQ(rerun(second).state, RunState::completed);
  EXPECT_FALSE(is_open("run.failed", "upkeep"));
}

}  // namespace
}  // namespace fettle::runs
