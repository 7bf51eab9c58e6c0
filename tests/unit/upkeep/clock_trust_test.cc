#include "fettle/runs/ledger_repo.h"
#include "fettle/upkeep/believed_clock.h"
#include "fettle/upkeep/retention.h"
#include "tests/unit/upkeep/upkeep_fixture.h"

namespace fettle::upkeep {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using ::testing::ElementsAre;

const WallTime kNow = wall_from_unix_ms(1'767'225'600'000);
constexpr days kTenYears{3'652};

ClockTrust known(WallTime at) {
  return {at, at, std::nullopt};
}

TEST(ClockTrust, FollowsAClockThatGoesOn) {
  ClockTrust trust = known(kNow);
  for (int hour = 1; hour <= 100; ++hour) trust = decide_trust(trust, kNow + hours(hour));
  EXPECT_EQ(trust, known(kNow + hours(100)));
  trust = decide_trust(trust, kNow + hours(99));  // set back a little, or a lot: what is earlier removes less
  EXPECT_EQ(trust, known(kNow + hours(99)));
  trust = decide_trust(trust, kNow - kTenYears);
  EXPECT_EQ(believed_time(trust), kNow - kTenYears);
}

TEST(ClockTrust, DoubtsOneThatGoesFarAheadUntilItIsPutBack) {
  ClockTrust trust = decide_trust(known(kNow), kNow + kTenYears);
  EXPECT_EQ(trust.doubted_since, kNow + kTenYears);
  EXPECT_EQ(believed_time(trust), kNow);
  trust = decide_trust(trust, kNow + kTenYears + hours(5));
  EXPECT_EQ(believed_time(trust), kNow);
  trust = decide_trust(trust, kNow + hours(6));
  EXPECT_EQ(trust, known(kNow + hours(6)));
}

TEST(ClockTrust, BelievesItAfterADay) {
  ClockTrust trust = decide_trust(known(kNow), kNow + days(40));  // nobody looked: the server was off
  EXPECT_EQ(believed_time(trust), kNow);
  for (int hour = 1; hour < 24; ++hour) trust = decide_trust(trust, kNow + days(40) + hours(hour));
  EXPECT_EQ(believed_time(trust), kNow);
  trust = decide_trust(trust, kNow + days(41));
  EXPECT_EQ(trust, known(kNow + days(41)));
}

TEST(ClockTrust, DoubtsAgainWhatJumpsAgain) {
  ClockTrust trust = decide_trust(known(kNow), kNow + kTenYears);
  trust = decide_trust(trust, kNow + 2 * kTenYears);  // a jump is no day that went by
  EXPECT_EQ(trust.doubted_since, kNow + 2 * kTenYears);
  EXPECT_EQ(believed_time(trust), kNow);
  trust = decide_trust(trust, kNow + kTenYears);  // put back, and still wrong
  EXPECT_EQ(trust.doubted_since, kNow + kTenYears);
  EXPECT_EQ(believed_time(trust), kNow);
}

/// A machine that starts in 2036, and is put right later.
struct BelievedClockTest : UpkeepFixture {
  void begin() {
    believed = std::make_unique<BelievedClock>(loop, clock, log, *store);
    ASSERT_TRUE(loop.run(believed->load()));
    believed->start();
    loop.run_for(Seconds(5));
  }
  void end() {
    loop.run(believed->stop());
    believed.reset();
  }
  ~BelievedClockTest() override {
    if (believed) end();
  }
  void add_ledger(const std::string& schedule, WallTime nominal) {
    run_sql(
        "INSERT INTO ledger (schedule_id, nominal, fold, environment_id, schedule_name, decided_at, outcome, "
        "reason,"
        " count) VALUES ('" +
        schedule + "', " + std::to_string(unix_ms(nominal) / 1000) + ", 0, 'e', 's', 1, 'ran', '', 1)");
  }
  Retention ledger_days(days keep) {
    return {"ledger_retention", "Ledger", "upkeep.ledger_days", keep, runs::ledger_repo::old_entries()};
  }
  std::unique_ptr<BelievedClock> believed;
};

TEST_F(BelievedClockTest, KeepsWhatIsOldOnlyForAWrongClock) {
  begin();
  add_ledger("wanted", clock.wall_now() - days(5));
  add_ledger("old", clock.wall_now() - days(100));
  end();
  reopen_connections();
  clock.step_wall(kTenYears);
  begin();
  EXPECT_TRUE(believed->doubted_since());
  const RowGround ground{*store, clock, doubts, believed.get()};
  const runs::PlanTask task = retention_task(ground, ledger_days(days(90)));
  ASSERT_TRUE(run_task(task, step));
  EXPECT_THAT(ask("SELECT schedule_id FROM ledger"), ElementsAre("wanted"));
  ASSERT_EQ(step.lines.size(), 1U);
  EXPECT_NE(step.lines[0].find("the clock went far ahead"), std::string::npos);
  clock.step_wall(-kTenYears);
  loop.run_for(hours(2));
  EXPECT_FALSE(believed->doubted_since());
  FakeStep again;
  ASSERT_TRUE(run_task(task, again));
  EXPECT_THAT(ask("SELECT schedule_id FROM ledger"), ElementsAre("wanted"));
  EXPECT_THAT(again.lines, ::testing::IsEmpty());
}

TEST_F(BelievedClockTest, RemovesAgainWhenTheClockHasGoneOnForADay) {
  begin();
  add_ledger("old", clock.wall_now() - days(5));
  clock.step_wall(days(100));  // while it runs
  const auto task = [&] {
    return retention_task({*store, clock, doubts, believed.get()}, ledger_days(days(90)));
  };
  ASSERT_TRUE(run_task(task(), step));
  EXPECT_THAT(ask("SELECT count(*) FROM ledger"), ElementsAre("1"));
  loop.run_for(hours(12));
  end();
  begin();  // in the middle: the day goes on
  loop.run_for(hours(13));
  ASSERT_TRUE(run_task(task(), step));
  EXPECT_THAT(ask("SELECT count(*) FROM ledger"), ElementsAre("0"));
}

}  // namespace
}  // namespace fettle::upkeep
