#include "fettle/runs/engine.h"

#include <gmock/gmock.h>

#include "fettle/base/json_value.h"
#include "fettle/runs/occurrence_rules.h"
#include "tests/unit/runs/runs_fixture.h"

namespace fettle::runs {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;

struct EngineTest : RunsFixture {
  std::shared_ptr<fettle::testing::FakeByteStream> watch(
      std::vector<std::string> topics, std::size_t buffer_bytes = fettle::testing::FakeByteStream::kEndless) {
    auto stream = std::make_shared<fettle::testing::FakeByteStream>(loop, buffer_bytes);
    Principal person;
    person.kind = PrincipalKind::person;
    person.id = "person_1";
    EXPECT_TRUE(life->hub.attach(stream, {person, std::move(topics), {access::kSystemEnvironment}, {}, {}}));
    return stream;
  }
  static std::vector<fettle::testing::SseEvent> heard(
      const std::shared_ptr<fettle::testing::FakeByteStream>& stream, const std::string& type) {
    fettle::testing::SseParser parser;
    parser.feed(stream->received);
    std::vector<fettle::testing::SseEvent> out;
    for (const auto& event : parser.events)
      if (event.type == type) out.push_back(event);
    return out;
  }
};

TEST_F(EngineTest, StartsOneRunOfAHundredThatAreAskedForAtOnce) {
  begin({make_plan("upkeep", {{.takes = Seconds(5)}})});
  std::vector<Result<Run>> answers;
  io::TaskScope scope(loop, log);
  struct Ask {
    static Task<void> go(Engine& engine, RunOrder what, std::vector<Result<Run>>& answers) {
      answers.push_back(co_await engine.start(std::move(what)));
    }
  };
  for (int i = 0; i < 100; ++i) scope.spawn("test.ask", Ask::go(engine(), order("upkeep"), answers));
  ASSERT_TRUE(loop.run_until([&] { return answers.size() == 100; }, Seconds(60)));
  loop.run(scope.stop());
  std::vector<Run> begun;
  for (const auto& answer : answers)
    if (answer) begun.push_back(*answer);
  ASSERT_EQ(begun.size(), 1U);
  for (const auto& answer : answers) {
    if (answer) continue;
    EXPECT_EQ(answer.error().reason, "target_busy");
    ASSERT_EQ(answer.error().fields.size(), 1U);
    EXPECT_EQ(answer.error().fields[0].pointer, "run_id");
    EXPECT_EQ(answer.error().fields[0].detail, begun[0].id.text());
  }
  ASSERT_NE(engine().holder("server", "server"), nullptr);
  wait_for(begun[0].id);
  EXPECT_EQ(engine().holder("server", "server"), nullptr);
  EXPECT_EQ(number("SELECT count(*) FROM run"), 1);
}

TEST_F(EngineTest, StartsTenTimesOneAfterTheOther) {
  begin({make_plan("upkeep", {{}, {}})});
  for (int i = 0; i < 10; ++i) EXPECT_EQ(wait_for(started("upkeep").id).state, RunState::completed);
  EXPECT_EQ(number("SELECT count(*) FROM run WHERE state = 'completed'"), 10);
}

TEST_F(EngineTest, RefusesWhatItDoesNotKnow) {
  begin({make_plan("upkeep", {{}})});
  EXPECT_EQ(start_run(order("nothing")).error().code, ErrorCode::not_found);
  RunOrder wrong = order("upkeep");
  wrong.target.kind = "host";
  EXPECT_EQ(start_run(wrong).error().fields.at(0).pointer, "/body/target_kind");
  RunOrder list = order("upkeep");
  list.parameters = "[]";
  EXPECT_EQ(start_run(list).error().fields.at(0).pointer, "/body/parameters");
  list.parameters = "{\"a\":\"" + std::string(70'000, 'x') + "\"}";
  EXPECT_EQ(start_run(list).error().code, ErrorCode::unprocessable);
  EXPECT_FALSE(engine().find_target("server", "other"));
  EXPECT_FALSE(engine().find_target("nothing", "server"));
  EXPECT_EQ(number("SELECT count(*) FROM run"), 0);
}

TEST_F(EngineTest, AsksThePlanAboutItsParameters) {
  Plan plan = make_plan("upkeep", {{}});
  plan.check_parameters = [](const std::string& json) -> Result<> {
    if (json == "{}") return fail_field("/body/parameters/name", "must be given");
    return {};
  };
  begin({plan});
  EXPECT_EQ(start_run(order("upkeep")).error().fields.at(0).pointer, "/body/parameters/name");
  RunOrder good = order("upkeep");
  good.parameters = R"({"name":"x"})";
  EXPECT_TRUE(start_run(good));
}

TEST_F(EngineTest, GivesAnOccurrenceOneRunHoweverOftenItIsDue) {
  begin({make_plan("upkeep", {{}})});
  RunOrder due = order("upkeep");
  due.occurrence = Occurrence{ScheduleId(make_uuid7(3, {})), wall_from_unix_ms(1'767'225'600'000), 0};
  const auto decide = [&] { return loop.run(life->store.write(engine().prepare(due)), Seconds(60)).value(); };
  const StartDecision first = decide();
  ASSERT_TRUE(first.run);
  EXPECT_FALSE(first.is_repeated);
  EXPECT_EQ(first.run->id, occurrence_run_id(*due.occurrence));
  EXPECT_TRUE(decide().is_repeated);
  wait_for(first.run->id);
  const StartDecision late = decide();
  EXPECT_TRUE(late.is_repeated);
  EXPECT_EQ(late.run->state, RunState::completed);
  EXPECT_EQ(begun_steps.size(), 1U);
}

TEST_F(EngineTest, GivesARequestOneRunForADay) {
  begin({make_plan("upkeep", {{}}), make_plan("other", {{}})});
  RunOrder asked = order("upkeep");
  asked.request = "the name of a request";
  const auto look = [&](const RunOrder& of) { return loop.run(engine().find_repeated(of), Seconds(60)); };
  EXPECT_FALSE(look(asked).value());
  const auto first = loop.run(engine().start(asked), Seconds(60));
  ASSERT_TRUE(first);
  wait_for(first->id);
  const auto again = loop.run(engine().start(asked), Seconds(60));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->id, first->id);
  EXPECT_EQ(look(asked).value()->id, first->id);
  EXPECT_FALSE(look(order("upkeep")).value()) << "without a key nothing is repeated";
  RunOrder reused = order("other");
  reused.request = asked.request;
  ASSERT_FALSE(look(reused));
  EXPECT_EQ(look(reused).error().reason, "idempotency_key_reused");
  EXPECT_EQ(begun_steps.size(), 1U);
  loop.run_for(std::chrono::hours(25));
  const auto later = loop.run(engine().start(asked), Seconds(60));
  ASSERT_TRUE(later);
  EXPECT_NE(later->id, first->id);
}

TEST_F(EngineTest, BeginsNothingWhoseWriteIsRolledBack) {
  begin({make_plan("upkeep", {{}})});
  auto decide = engine().prepare(order("upkeep"));
  const auto written = loop.run(life->store.write([decide](store::Session& session) -> Result<> {
    EXPECT_TRUE(decide(session).run);
    return fail(ErrorCode::conflict, "other", "something else failed");
  }));
  EXPECT_FALSE(written);
  loop.run_for(Seconds(1));
  EXPECT_EQ(engine().book().size(), 0U);
  EXPECT_TRUE(begun_steps.empty());
  EXPECT_EQ(wait_for(started("upkeep").id).state, RunState::completed);
}

TEST_F(EngineTest, TellsOfEachChangeAndOfProgressAtMostTenTimesASecond) {
  Plan plan = make_plan("upkeep", {{}, {.skipped = "off"}});
  plan.tasks[0].function = [this](StepContext& context) {
    struct Go {
      static Task<Result<StepOutcome>> go(io::Clock& time, StepContext& say) {
        for (int i = 0; i < 2000; ++i) {
          say.count("rows", 1);
          say.progress(i / 2000.0, "row " + std::to_string(i));
          if (i % 100 == 0) say.log(LogLevel::info, "hundred");
          co_await time.sleep_for(Millis(1));
        }
        co_return StepOutcome{"removed 2000 rows", false};
      }
    };
    return Go::go(clock, context);
  };
  begin({plan});
  const auto all = watch({"runs"});
  const RunId id = started("upkeep").id;
  const auto own = watch({"run:" + id.text()});
  wait_for(id);
  loop.run_for(Seconds(1));
  const auto updates = heard(all, "run_update");
  EXPECT_GT(updates.size(), 15U);
  EXPECT_LT(updates.size(), 35U);
  const auto last = parse_json(updates.back().data);
  ASSERT_TRUE(last);
  EXPECT_THAT(updates.back().data, ::testing::HasSubstr(R"("state":"completed","is_live":false)"));
  EXPECT_THAT(updates.back().data, ::testing::HasSubstr(R"("progress":{"done":2,"total":2,)"));
  EXPECT_THAT(updates.back().data,
              ::testing::HasSubstr(R"("counters":{"rows":2000},"steps":null},"step":{"index":)"));
  EXPECT_EQ(heard(all, "run_log").size(), 0U);
  EXPECT_GT(heard(own, "run_log").size(), 5U);
  EXPECT_GT(heard(own, "run_update").size(), 10U);
  EXPECT_GT(heard(all, "maintenance_progress").size(), 10U);
  ASSERT_EQ(heard(all, "maintenance_complete").size(), 1U);
}

TEST_F(EngineTest, TellsWhoeverWasBehindTheLastWordOnEachStep) {
  std::vector<Script> scripts(12, {.takes = Millis(300), .lines = 3, .rows = 7});
  scripts[4].fails = "the disk said no";
  scripts[7].skipped = "switched off";
  begin({make_plan("upkeep", scripts)});
  const RunId id = started("upkeep").id;
  const auto level = watch({"run:" + id.text()});
  const auto slow = watch({"run:" + id.text()}, 512);
  slow->reads_at_once = false;
  wait_for(id);
  slow->reads_at_once = true;
  slow->read();
  loop.run_for(Seconds(1));
  const auto last_words = [](const auto& stream) {
    std::map<std::string, std::string> out;
    for (const auto& event : heard(stream, "run_update")) {
      const std::size_t at = event.data.rfind(R"("step":{)");
      EXPECT_THAT(event.data, ::testing::HasSubstr(R"("steps":null})"));
      if (at == std::string::npos) continue;
      const std::string step = event.data.substr(at);
      out[step.substr(0, step.find(','))] = step;
    }
    return out;
  };
  EXPECT_EQ(last_words(level).size(), 12U);
  EXPECT_EQ(last_words(slow), last_words(level));
  EXPECT_THAT(last_words(slow)[R"("step":{"index":5)"], ::testing::HasSubstr(R"("state":"failed")"));
  EXPECT_THAT(last_words(slow)[R"("step":{"index":8)"], ::testing::HasSubstr(R"("state":"skipped")"));
  EXPECT_LT(heard(slow, "run_update").size(), heard(level, "run_update").size());
  EXPECT_TRUE(heard(slow, "resync").empty());
  for (const auto& stream : {slow, level})
    EXPECT_THAT(heard(stream, "run_update").back().data, ::testing::HasSubstr(R"("is_live":false)"));
}

TEST_F(EngineTest, TellsItsListenersOfEveryState) {
  begin({make_plan("upkeep", {{}, {}})});
  std::vector<RunState> states;
  engine().on_changed([&](const Run& run) { states.push_back(run.state); });
  wait_for(started("upkeep").id);
  EXPECT_THAT(states, ElementsAre(RunState::queued, RunState::running, RunState::completed));
}

TEST_F(EngineTest, ListsWithFiltersPageByPage) {
  begin({make_plan("a", {{}}), make_plan("b", {{.fails = "no"}})});
  for (int i = 0; i < 5; ++i) {
    wait_for(started("a").id);
    wait_for(started("b").id);
  }
  const auto list = [&](run_repo::Question question) {
    question.environments = {access::kSystemEnvironment};
    return loop
        .run(life->store.read(
            [question](store::Session& session) { return run_repo::list(session, question); }))
        .value();
  };
  const auto page = list({.limit = 4});
  ASSERT_EQ(page.runs.size(), 4U);
  ASSERT_TRUE(page.next);
  EXPECT_EQ(page.runs[0].plan, "b");
  EXPECT_EQ(page.runs[0].steps.size(), 1U);
  const auto rest = list({.before = page.next, .limit = 50});
  EXPECT_EQ(rest.runs.size(), 6U);
  EXPECT_FALSE(rest.next);
  EXPECT_EQ(list({.plan = "a"}).runs.size(), 5U);
  EXPECT_EQ(list({.states = {RunState::failed}}).runs.size(), 5U);
  EXPECT_EQ(list({.target_kind = "server", .target_id = "server", .plan = "b"}).runs.size(), 5U);
  EXPECT_EQ(list({.is_live_only = true}).runs.size(), 0U);
  EXPECT_EQ(list({.host = HostId(make_uuid7(1, {}))}).runs.size(), 0U);
}

}  // namespace
}  // namespace fettle::runs
