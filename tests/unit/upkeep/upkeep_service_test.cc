#include "fettle/upkeep/upkeep_service.h"

#include <gmock/gmock.h>

#include "fettle/upkeep/upkeep_plan.h"
#include "fettle/upkeep/upkeep_schema.h"
#include "tests/unit/runs/runs_fixture.h"
#include "tests/unit/upkeep/upkeep_fixture.h"

namespace fettle::upkeep {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

struct UpkeepServiceTest : runs::RunsFixture {
  ~UpkeepServiceTest() override {
    if (service) end();
  }
  /// A server with this plan of upkeep.
  void serve(std::vector<runs::Script> scripts, UpkeepSettings settings = {}) {
    runs::Plan plan = make_plan(kPlanName, std::move(scripts));
    for (runs::PlanTask& task : plan.tasks) task.deadline = 100h;
    begin({std::move(plan)});
    const std::string schema(upkeep_schema_sql());
    const std::size_t middle = schema.find("INSERT");
    ASSERT_TRUE(loop.run(life->store.write([&](store::Session& session) {
      session.execute(schema.substr(0, middle));
      session.execute(schema.substr(middle));
    })));
    serve_again(std::move(settings));
  }
  void serve_again(UpkeepSettings settings = {}) {
    service = std::make_unique<UpkeepService>(ServiceGround{loop, clock, log, life->store, engine(), doubts},
                                              std::move(settings));
    const auto loaded = loop.run(service->load());
    ASSERT_TRUE(loaded) << loaded.error().detail;
    service->start();
  }
  void end() {
    loop.run(engine().stop(), Seconds(60));
    loop.run(service->stop(), Seconds(60));
    service.reset();
    stop();
  }
  std::int64_t runs_so_far() { return number("SELECT count(*) FROM run"); }

  DoubtList doubts;
  std::unique_ptr<UpkeepService> service;
};

TEST_F(UpkeepServiceTest, FirstFiveMinutesAfterTheStartThenEverySixHours) {
  serve({{}});
  EXPECT_EQ(*service->next_at(), clock.wall_now() + 5min);
  loop.run_for(4min + 59s);
  EXPECT_EQ(runs_so_far(), 0);
  loop.run_for(2s);
  EXPECT_EQ(runs_so_far(), 1);
  EXPECT_EQ(std::chrono::round<Seconds>(*service->next_at() - clock.wall_now()), 6h - 1s);
  loop.run_for(6h - 10s);
  EXPECT_EQ(runs_so_far(), 1);
  loop.run_for(20s);
  EXPECT_EQ(runs_so_far(), 2);
  EXPECT_EQ(find(service->last()->id).actor.kind, "server");
}

TEST_F(UpkeepServiceTest, SwitchedOffItRunsByHandAlone) {
  UpkeepSettings off;
  off.is_on = false;
  serve({{}}, off);
  EXPECT_EQ(service->next_at(), std::nullopt);
  loop.run_for(48h);
  EXPECT_EQ(runs_so_far(), 0);
  const auto run = loop.run(service->run_now({"person", "p", "ada", ""}, false));
  ASSERT_TRUE(run);
  wait_for(run->id);
  EXPECT_EQ(service->last()->state, runs::RunState::completed);
  EXPECT_THAT(doubts.there, IsEmpty());
}

TEST_F(UpkeepServiceTest, TenTimesOneAfterTheOtherEachWorks) {
  serve({{}});
  for (int i = 0; i < 10; ++i) {
    const auto run = loop.run(service->run_now({"person", "p", "ada", ""}, false));
    ASSERT_TRUE(run) << run.error().detail;
    EXPECT_NE(service->live(), nullptr);
    const auto second = loop.run(service->run_now({"person", "p", "ada", ""}, false));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().reason, "target_busy");
    wait_for(run->id);
    EXPECT_EQ(service->live(), nullptr);
  }
}

TEST_F(UpkeepServiceTest, OneThatIsAtItWhenTheTimeComesIsLeftAlone) {
  serve({{.takes = 10min}});
  loop.run_for(4min);
  const auto run = loop.run(service->run_now({"person", "p", "ada", ""}, false));
  loop.run_for(2min);
  EXPECT_EQ(runs_so_far(), 1);
  EXPECT_GT(*service->next_at(), clock.wall_now() + 5h);
  wait_for(run->id);
}

TEST_F(UpkeepServiceTest, TotalsCountEachRunOnceAndDryRunsNotAtAll) {
  serve({{.rows = 3}, {.rows = 4}});
  for (const bool is_dry : {false, true, false}) {
    const auto run = loop.run(service->run_now({"person", "p", "ada", ""}, is_dry));
    wait_for(run->id);
  }
  loop.run_for(1s);
  EXPECT_EQ(service->totals().runs, 2);
  EXPECT_EQ(service->totals().failed, 0);
  EXPECT_EQ(service->totals().counters.at("rows"), 14);
  EXPECT_GT(service->totals().duration_ms, 0);
  end();
  start();
  serve_again();
  EXPECT_EQ(service->totals().runs, 2);
  ASSERT_TRUE(service->last());
  EXPECT_EQ(service->last()->steps.size(), 2U) << "step by step, after a restart too";
}

TEST_F(UpkeepServiceTest, OneThatTheServersEndInterruptedIsCountedAsFailed) {
  serve({{.takes = 1h}});
  const auto run = loop.run(service->run_now({"person", "p", "ada", ""}, false));
  loop.run_for(1min);
  disk.crash();
  end();
  start();
  serve_again();
  EXPECT_EQ(service->last()->id, run->id);
  EXPECT_EQ(service->last()->state, runs::RunState::interrupted);
  EXPECT_EQ(service->totals().runs, 1);
  EXPECT_EQ(service->totals().failed, 1);
}

TEST_F(UpkeepServiceTest, OverdueWhenNothingEndsForTwoIntervalsAndClosedByTheNextEnd) {
  UpkeepSettings settings;
  settings.interval = 1h;
  serve({{.takes = 4h}}, settings);
  loop.run_for(2h + 59min);
  EXPECT_THAT(doubts.there, IsEmpty());
  loop.run_for(10min);
  EXPECT_THAT(doubts.there, ElementsAre("upkeep.overdue "));
  loop.run_for(1h);
  EXPECT_TRUE(service->last());
  EXPECT_THAT(doubts.there, IsEmpty());
}

TEST_F(UpkeepServiceTest, AWaitEndsAtOnceWhenTheServerStops) {
  serve({{}});
  loop.run_for(1min);
  const MonoTime before = clock.mono_now();
  loop.run(service->stop());
  EXPECT_EQ(clock.mono_now(), before);
  service.reset();
}

}  // namespace
}  // namespace fettle::upkeep
