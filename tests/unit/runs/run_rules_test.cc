#include "fettle/runs/run_rules.h"

#include <gmock/gmock.h>

#include "fettle/base/crypto.h"
#include "fettle/runs/occurrence_rules.h"
#include "fettle/runs/run_dto.h"
#include "fettle/wire/opened_id.h"

namespace fettle::runs {
namespace {

using enum StepState;
using ::testing::ElementsAre;

Run run_of(std::vector<StepState> states) {
  runs::Run run;
  for (const StepState state : states) {
    Step step;
    step.index = static_cast<std::uint32_t>(run.steps.size()) + 1;
    step.name = "s" + std::to_string(step.index);
    step.title = "S" + std::to_string(step.index);
    step.state = state;
    step.message = "why";
    run.steps.push_back(step);
  }
  return run;
}

TEST(RunRules, DecidesTheEnd) {
  EXPECT_EQ(decide_end(run_of({completed, completed})).state, RunState::completed);
  EXPECT_EQ(decide_end(run_of({completed, skipped})).state, RunState::completed);
  EXPECT_EQ(decide_end(run_of({skipped, skipped})).state, RunState::completed);
  EXPECT_EQ(decide_end(run_of({completed, failed, completed})).state, RunState::failed);
  EXPECT_EQ(decide_end(run_of({failed, failed, completed})).message, "S1: why (and 1 step more)");
  EXPECT_EQ(decide_end(run_of({failed, cancelled})).state, RunState::cancelled);
  EXPECT_EQ(decide_end(run_of({failed, cancelled})).message, "cancelled; 1 step had failed before");
  runs::Run warned = run_of({completed, completed});
  warned.steps[1].has_warning = true;
  EXPECT_EQ(decide_end(warned).state, RunState::completed_with_warnings);
}

TEST(RunRules, EveryRunThatIsOverReachesItsTotal) {
  for (const StepState first : {completed, failed, skipped, cancelled}) {
    for (const StepState second : {completed, failed, skipped, cancelled}) {
      const runs::Run run = run_of({first, second});
      EXPECT_EQ(count_steps(run).over(), 2);
      EXPECT_EQ(fraction_of(run), 1.0);
      EXPECT_EQ(run_dto(run, {}, WithSteps::no).progress.done, 2);
    }
  }
  runs::Run half = run_of({skipped, running});
  half.steps[1].fraction = 0.5;
  EXPECT_EQ(fraction_of(half), 0.75);
  EXPECT_EQ(fraction_of(run_of({})), std::nullopt);
}

TEST(RunRules, EndsStepsEarlyAsTheyWere) {
  runs::Run run = run_of({completed, running, pending});
  for (Step& step : run.steps)
    ignore(end_step_early(step, RunState::interrupted, {}, "it ended"), "looked at below");
  EXPECT_EQ(run.steps[0].state, completed);
  EXPECT_EQ(run.steps[1].state, failed);
  EXPECT_EQ(run.steps[2].state, cancelled);
  EXPECT_EQ(run.steps[2].message, "not begun: it ended");
}

TEST(RunRules, TakesUpAgainWhatDidNotEndWell) {
  EXPECT_THAT(unfinished_steps(run_of({completed, failed, skipped, cancelled, pending})),
              ElementsAre("s2", "s4", "s5"));
}

TEST(RunRules, SumsCountersButNotTimes) {
  runs::Run run = run_of({completed, completed, completed});
  run.steps[0].counters = {{"rows", 3}, {"oldest_left_ms", 50}, {"huge", INT64_MAX}};
  run.steps[2].counters = {{"rows", 4}, {"oldest_left_ms", 20}, {"huge", 1}};
  EXPECT_EQ(sum_counters(run), (Counters{{"rows", 7}, {"oldest_left_ms", 20}, {"huge", INT64_MAX}}));
}

TEST(RunRules, ADryOrCancelledRunSaysNothingOfItsTarget) {
  runs::Run run = run_of({failed});
  run.state = RunState::failed;
  EXPECT_EQ(verdict_of(run), Verdict::bad);
  run.is_dry = true;
  EXPECT_EQ(verdict_of(run), Verdict::nothing);
  run.is_dry = false;
  run.state = RunState::cancelled;
  EXPECT_EQ(verdict_of(run), Verdict::nothing);
  run.state = RunState::abandoned;
  EXPECT_EQ(verdict_of(run), Verdict::bad);
}

TEST(Occurrence, HasOneIdHoweverOftenItIsMade) {
  crypto_start();
  const ScheduleId schedule(make_uuid7(7, {1}));
  const WallTime at = wall_from_unix_ms(1'767'225'600'000);
  const Occurrence first{schedule, at, 0};
  EXPECT_EQ(occurrence_run_id(first), occurrence_run_id(first));
  EXPECT_NE(occurrence_run_id(first), occurrence_run_id({schedule, at, 1}));
  EXPECT_NE(occurrence_run_id(first), occurrence_run_id({schedule, at + Seconds(1), 0}));
  EXPECT_NE(occurrence_run_id(first), occurrence_run_id({ScheduleId(make_uuid7(8, {1})), at, 0}));
  EXPECT_EQ(occurrence_run_id(first).text().substr(0, 16),
            "run_" + uuid_hex(make_uuid7(unix_ms(at), {})).substr(0, 12));
  EXPECT_FALSE(wire::may_be_opened(occurrence_run_id(first).uuid()));
  EXPECT_TRUE(wire::may_be_opened(make_uuid7(unix_ms(at), {1, 2, 3})));
  EXPECT_TRUE(wire::may_be_opened(make_uuid7(unix_ms(at), {0xFF, 0xFF, 0xFF})));
}

TEST(WorkName, IsThatOfTheCommandThatAPlanOfManyCarriesOut) {
  struct Run run;
  run.parameters = R"({"name":"nightly"})";
  EXPECT_EQ(work_name(run), "nightly");
  for (const char* none : {"{}", R"({"name":7})", "[]", "", R"({"command":"true"})"}) {
    run.parameters = none;
    EXPECT_EQ(work_name(run), "") << none;
  }
}

TEST(RunStates, AreTheSameWordsInTheStoreAndInTheApi) {
  for (int i = 0; i <= static_cast<int>(RunState::abandoned); ++i) {
    const auto state = static_cast<RunState>(i);
    EXPECT_EQ(parse_run_state(state_name(state)), state);
  }
  for (int i = 0; i <= static_cast<int>(cancelled); ++i) {
    const auto state = static_cast<StepState>(i);
    EXPECT_EQ(parse_step_state(state_name(state)), state);
  }
  EXPECT_FALSE(parse_run_state("lost"));
}

}  // namespace
}  // namespace fettle::runs
