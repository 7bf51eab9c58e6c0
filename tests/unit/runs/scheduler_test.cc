#include "fettle/runs/scheduler.h"

#include <gmock/gmock.h>

#include "fettle/runs/occurrence_rules.h"
#include "tests/unit/runs/schedules_fixture.h"

namespace fettle::runs {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using ::testing::Each;
using ::testing::ElementsAre;

struct SchedulerTest : SchedulesFixture {};

TEST_F(SchedulerTest, MakesOneRunOfEachDueTime) {
  start();
  const ScheduleId id = add(schedule_settings("*/10 * * * *"));
  loop.run_for(hours(2) + Seconds(5));
  EXPECT_EQ(number("SELECT count(*) FROM run WHERE state = 'completed'"), 12);
  EXPECT_THAT(outcomes(), Each(std::string("ran")));
  const auto rows = ledger(id);
  ASSERT_EQ(rows.size(), 12U);
  EXPECT_EQ(rows[0].entry.run, occurrence_run_id({id, WallTime(rows[0].entry.nominal), 0}));
  EXPECT_LE(schedules().scheduler().figures().latest_start, Seconds(1));
  EXPECT_EQ(live(id).row.last->outcome, LedgerOutcome::ran);
  EXPECT_FALSE(is_overdue(id));
}

TEST_F(SchedulerTest, RunsOnceWhatWasDueWhileItWasAway) {
  start();
  const ScheduleId once = add(schedule_settings("*/10 * * * *", "anew", "target1"));
  ScheduleSettings all = schedule_settings("*/10 * * * *", "anew", "target2");
  all.misfire = Misfire::run_all;
  all.misfire_limit = 4;
  const ScheduleId every = add(all);
  ScheduleSettings none = schedule_settings("*/10 * * * *", "anew", "target3");
  none.misfire = Misfire::skip;
  const ScheduleId skip = add(none);
  loop.run_for(minutes(5));
  stop();
  loop.run_for(hours(1));  // until five minutes past the hour: six due times
  start();
  loop.run_for(minutes(1));
  EXPECT_THAT(outcomes(once), ElementsAre("superseded", "late"));
  EXPECT_THAT(outcomes(every), ElementsAre("missed", "late", "late", "late", "late"));
  EXPECT_THAT(outcomes(skip), ElementsAre("missed"));
  EXPECT_EQ(ledger(skip)[0].entry.count, 6);
  EXPECT_TRUE(is_overdue(skip));
  loop.run_for(minutes(6));
  EXPECT_FALSE(is_overdue(skip));
  EXPECT_FALSE(is_overdue(once));
}

TEST_F(SchedulerTest, IsInTimeRightAfterAStart) {
  start();
  const ScheduleId id = add(schedule_settings("* * * * *"));
  loop.run_for(Seconds(50));
  stop();
  start();
  loop.run_for(Seconds(12));
  ASSERT_EQ(number("SELECT count(*) FROM run"), 1);
  EXPECT_LE(schedules().scheduler().figures().latest_start, Seconds(1));
  EXPECT_EQ(live(id).row.last->outcome, LedgerOutcome::ran);
}

TEST_F(SchedulerTest, CountsAnOutageOf400Days) {
  start();
  add(schedule_settings("* * * * *"));
  stop();
  loop.run_for(hours(400 * 24));
  start();
  loop.run_for(Seconds(20));
  EXPECT_EQ(number("SELECT count(*) FROM run"), 1);
  EXPECT_GE(number("SELECT sum(count) FROM ledger"), 400 * 24 * 60);
  EXPECT_LE(number("SELECT count(*) FROM ledger"), 4);
}

TEST_F(SchedulerTest, DecidesAnewWhatAHostMissed) {
  start();
  const ScheduleId id = add(schedule_settings("0 * * * *"));
  world.is_host_online = false;
  loop.run_for(hours(3) + minutes(20));
  EXPECT_THAT(outcomes(id), ElementsAre("superseded", "superseded", "blocked"));
  EXPECT_EQ(number("SELECT count(*) FROM run"), 0);
  EXPECT_TRUE(is_overdue(id));
  world.is_host_online = true;
  schedules().host_came(kHost);
  loop.run_for(Seconds(3));
  EXPECT_THAT(outcomes(id), ElementsAre("superseded", "superseded", "late"));
  EXPECT_EQ(number("SELECT count(*) FROM run"), 1);
  EXPECT_FALSE(is_overdue(id));
}

TEST_F(SchedulerTest, KeepsAPendingRunForAHostThatIsAway) {
  start();
  const ScheduleId id = add(schedule_settings("0 * * * *", "queued"));
  world.is_host_online = false;
  loop.run_for(hours(2) + minutes(1));
  EXPECT_THAT(outcomes(id), ElementsAre("superseded", "blocked"));
  EXPECT_EQ(number("SELECT count(*) FROM pending_run"), 1);
  stop();  // it is kept
  start();
  loop.run_for(minutes(20));
  EXPECT_EQ(number("SELECT count(*) FROM pending_run"), 1);
  EXPECT_TRUE(is_overdue(id));
  world.is_host_online = true;
  loop.run_for(minutes(1));  // by the drain, without a hello
  EXPECT_EQ(number("SELECT count(*) FROM pending_run"), 0);
  EXPECT_THAT(outcomes(id), ElementsAre("superseded", "late"));
  EXPECT_FALSE(is_overdue(id));
}

TEST_F(SchedulerTest, HandsEachPendingRunOutOnceInTenDrainsAtOnce) {
  start();
  world.is_host_online = false;
  for (int i = 1; i <= 5; ++i) add(schedule_settings("0 * * * *", "queued", "target" + std::to_string(i)));
  loop.run_for(hours(1) + Seconds(5));
  ASSERT_EQ(number("SELECT count(*) FROM pending_run"), 5);
  world.is_host_online = true;
  for (int i = 0; i < 10; ++i) schedules().host_came(kHost);
  loop.run_for(Seconds(20));
  EXPECT_EQ(number("SELECT count(*) FROM run"), 5);
  EXPECT_EQ(number("SELECT count(*) FROM pending_run"), 0);
  EXPECT_EQ(world.handed_over.size(), 5U);
  for (const auto& [run, times] : world.handed_over) EXPECT_EQ(times, 1);
}

TEST_F(SchedulerTest, AbandonsWhatIsSwitchedOffOrGone) {
  start();
  world.is_host_online = false;
  const ScheduleId off = add(schedule_settings("0 * * * *", "queued", "target1"));
  const ScheduleId gone = add(schedule_settings("0 * * * *", "queued", "target2"));
  loop.run_for(hours(1) + Seconds(5));
  ScheduleSettings changed = live(off).row.settings;
  changed.is_enabled = false;
  ASSERT_TRUE(loop.run(schedules().change(kAda, off, changed, live(off).row.revision)));
  ASSERT_TRUE(loop.run(schedules().remove(kAda, gone, {})));
  EXPECT_EQ(number("SELECT count(*) FROM pending_run"), 0);
  EXPECT_EQ(number("SELECT count(*) FROM audit_entry WHERE action = 'pending_run.abandoned'"), 2);
  EXPECT_EQ(number("SELECT count(*) FROM event WHERE type = 'pending_run.abandoned'"), 2);
  EXPECT_THAT(outcomes(off), ElementsAre("missed"));
  EXPECT_THAT(outcomes(gone), ElementsAre("missed"));
  world.is_host_online = true;
  loop.run_for(hours(3));
  EXPECT_EQ(number("SELECT count(*) FROM run"), 0);
}

TEST_F(SchedulerTest, HeedsTheRunBefore) {
  start();
  world.takes = minutes(25);
  const ScheduleId skip = add(schedule_settings("*/10 * * * *", "anew", "target1"));
  ScheduleSettings waits = schedule_settings("*/10 * * * *", "anew", "target2");
  waits.overlap = Overlap::queue_one;
  const ScheduleId queue = add(waits);
  waits = schedule_settings("*/10 * * * *", "anew", "target3");
  waits.overlap = Overlap::cancel_running;
  const ScheduleId cancel = add(waits);
  loop.run_for(minutes(46));
  // Begun at 10, ended at 35, begun at 40.
  EXPECT_THAT(outcomes(skip), ElementsAre("ran", "skipped", "skipped", "ran"));
  // Begun at 10; what was due at 30 at 35.
  EXPECT_THAT(outcomes(queue), ElementsAre("ran", "superseded", "late", "blocked"));
  EXPECT_THAT(outcomes(cancel), ElementsAre("ran", "ran", "ran", "ran"));  // each within a minute
  EXPECT_EQ(number("SELECT count(*) FROM run WHERE state = 'cancelled'"), 3);
}

TEST_F(SchedulerTest, WaitsForATargetThatIsBusyWithSomethingElse) {
  start();
  world.takes = minutes(5);
  const ScheduleId first = add(schedule_settings("0 * * * *", "anew", "target1"));
  ScheduleSettings other = schedule_settings("0 * * * *", "queued", "target1");
  other.name = "second";
  const ScheduleId second = add(other);
  loop.run_for(hours(1) + minutes(12));
  EXPECT_EQ(number("SELECT count(*) FROM run WHERE state = 'completed'"), 2);
  std::vector<std::string> both = outcomes(first);
  for (const std::string& one : outcomes(second)) both.push_back(one);
  EXPECT_THAT(both, ::testing::UnorderedElementsAre("ran", "late"));
}

TEST_F(SchedulerTest, IsNotMovedByStepsOfTheClock) {
  start();
  const ScheduleId id = add(schedule_settings("*/10 * * * *"));
  loop.run_for(minutes(12));
  clock.step_wall(-Seconds(10));
  loop.run_for(minutes(10));
  clock.step_wall(Seconds(10));
  loop.run_for(minutes(10));
  EXPECT_EQ(number("SELECT count(*) FROM run"), 3);
  clock.step_wall(-hours(2));  // what ran stays run
  loop.run_for(hours(2));
  EXPECT_EQ(number("SELECT count(*) FROM run"), 3);
  EXPECT_EQ(number("SELECT count(*) FROM audit_entry WHERE action = 'schedules.clock_corrected'"), 0);
  clock.step_wall(hours(24 * 3'650));
  loop.run_for(minutes(1));
  EXPECT_EQ(number("SELECT count(*) FROM run"), 4);
  clock.step_wall(-hours(24 * 3'650));
  loop.run_for(minutes(30));
  EXPECT_EQ(number("SELECT count(*) FROM run"), 7);
  EXPECT_EQ(number("SELECT count(*) FROM audit_entry WHERE action = 'schedules.clock_corrected'"), 2);
  EXPECT_FALSE(is_overdue(id));
}

TEST_F(SchedulerTest, ComputesAnewWhenAZoneChanges) {
  start();
  ScheduleSettings berlin = schedule_settings("30 2 * * *");
  berlin.time_zone = "Europe/Berlin";
  const ScheduleId id = add(berlin);
  const auto before = live(id).next->at;
  EXPECT_EQ(format_time(before), "2026-01-01T01:30:00.000Z");
  loop.run_for(hours(10));
  ASSERT_EQ(number("SELECT count(*) FROM run"), 1);
  put_zone("Europe/Berlin", "America/New_York");  // 02:30 there was an hour ago... and is not due now
  loop.run_for(minutes(3));
  EXPECT_EQ(number("SELECT count(*) FROM run"), 1);
  EXPECT_EQ(format_time(live(id).next->at), "2026-01-02T07:30:00.000Z");
  loop.run_for(hours(24));
  EXPECT_EQ(number("SELECT count(*) FROM run"), 2);
}

TEST_F(SchedulerTest, RunsNothingTwiceWhenTheZoneOfManyChanges) {
  start();
  constexpr int kMany = 300;
  for (int i = 0; i < kMany; ++i) {
    ScheduleSettings berlin = schedule_settings("30 2 * * *", "anew", "target" + std::to_string(i));
    berlin.time_zone = "Europe/Berlin";
    add(berlin);
  }
  loop.run_for(hours(10));
  ASSERT_EQ(number("SELECT count(*) FROM run"), kMany);
  put_zone("Europe/Berlin", "America/New_York");  // 02:30 there was two and a half hours ago
  loop.run_for(minutes(5));
  EXPECT_EQ(number("SELECT count(*) FROM run"), kMany);
  for (const auto& [id, one] : schedules().book().all())
    ASSERT_EQ(format_time(one.next->at), "2026-01-02T07:30:00.000Z");
}

TEST_F(SchedulerTest, SaysThatAZoneIsMissingAndRunsWhenItComes) {
  start();
  ScheduleSettings berlin = schedule_settings("30 * * * *");
  berlin.time_zone = "Europe/Berlin";
  const ScheduleId id = add(berlin);
  stop();
  remove_zone("Europe/Berlin");
  start();
  EXPECT_FALSE(live(id).fault.empty());
  loop.run_for(hours(1));
  EXPECT_EQ(number("SELECT count(*) FROM run"), 0);
  ASSERT_TRUE(is_overdue(id));
  EXPECT_NE(life->conditions.find({id.text(), "schedule.overdue", ""})->message.find("Europe/Berlin"),
            std::string::npos);
  put_zone("Europe/Berlin", "Europe/Berlin");
  loop.run_for(minutes(2));
  EXPECT_EQ(number("SELECT count(*) FROM run"), 1);
  EXPECT_FALSE(is_overdue(id));
  EXPECT_THAT(outcomes(id), ElementsAre("late"));
}

TEST_F(SchedulerTest, CountsWhatAHostRefusesAsAttempts) {
  start();
  world.refusal = "the agent is too old for runs";
  ScheduleSettings settings_of = schedule_settings("0 0 * * *", "queued");
  settings_of.retry = {minutes(1), 3};
  const ScheduleId id = add(settings_of);
  loop.run_for(hours(24) + Seconds(30));
  ASSERT_TRUE(live(id).pending);
  EXPECT_EQ(live(id).pending->attempt, 0U);  // the first comes after the backoff
  EXPECT_EQ(live(id).pending->last_error, world.refusal);
  loop.run_for(minutes(1) + Seconds(30));
  EXPECT_EQ(number("SELECT attempt FROM pending_run"), 1);
  loop.run_for(minutes(1));  // it waits twice as long
  EXPECT_EQ(number("SELECT attempt FROM pending_run"), 1);
  loop.run_for(minutes(1) + Seconds(30));
  EXPECT_EQ(number("SELECT attempt FROM pending_run"), 2);
  EXPECT_EQ(number("SELECT count(*) FROM pending_run"), 1);
  schedules().host_came(kHost);  // a hello changes nothing: it is as old as before
  loop.run_for(Seconds(5));
  EXPECT_EQ(number("SELECT attempt FROM pending_run"), 2);
  stop();  // it is kept
  start();
  EXPECT_EQ(live(id).pending->attempt, 2U);
  loop.run_for(minutes(10));
  EXPECT_EQ(number("SELECT count(*) FROM pending_run"), 0);
  EXPECT_EQ(number("SELECT count(*) FROM audit_entry WHERE action = 'pending_run.abandoned'"), 1);
  EXPECT_EQ(ledger(id)[0].entry.reason, "given up: 3 attempts failed, the last one: " + world.refusal);
  EXPECT_EQ(schedules().figures().failed_attempts, 1U);  // in this life
  EXPECT_EQ(schedules().figures().abandoned, 1U);
  EXPECT_EQ(number("SELECT count(*) FROM run"), 0);
}

TEST_F(SchedulerTest, RunsWhatWasRefusedWhenItIsTaken) {
  start();
  world.refusal = "the agent is too old for runs";
  ScheduleSettings settings_of = schedule_settings("0 0 * * *", "queued");
  settings_of.retry = {minutes(1), 3};
  const ScheduleId queued = add(settings_of);
  const ScheduleId anew = add(schedule_settings("0 0 * * *", "anew", "target2"));
  loop.run_for(hours(24) + minutes(2));
  EXPECT_EQ(live(queued).pending->attempt, 1U);
  EXPECT_THAT(outcomes(anew), ElementsAre("blocked"));
  world.refusal.clear();
  schedules().host_came(kHost);  // its agent was updated
  loop.run_for(Seconds(5));
  EXPECT_THAT(outcomes(queued), ElementsAre("late"));
  EXPECT_THAT(outcomes(anew), ElementsAre("late"));
}

TEST_F(SchedulerTest, AsksAgainForRoomThatAKillForgot) {
  start();
  world.takes = hours(5);
  ScheduleSettings what = schedule_settings("0 * * * *");
  what.overlap = Overlap::cancel_running;
  const ScheduleId id = add(what);
  loop.run_for(hours(1) + minutes(1));
  ASSERT_EQ(number("SELECT count(*) FROM run WHERE state = 'queued'"), 1);
  // As a kill leaves it between the commit of the next due time and the wish to cancel.
  ASSERT_TRUE(loop.run(life->store.write([&](store::Session& session) {
    session.execute("UPDATE schedule SET settled_until = unixepoch('2026-01-01 02:00:00')");
    session.execute(
        "INSERT INTO pending_run (schedule_id, nominal, fold, attempt, next_attempt_at, last_error, "
        "created_at)"
        " SELECT id, settled_until, 0, 0, settled_until * 1000, 'waits', settled_until * 1000 FROM schedule");
  })));
  stop();
  loop.run_for(hours(1));
  start();
  loop.run_for(minutes(1));
  EXPECT_EQ(number("SELECT count(*) FROM run WHERE state = 'cancelled'"), 1);
  EXPECT_EQ(number("SELECT count(*) FROM run WHERE state = 'queued'"), 1);
  EXPECT_THAT(outcomes(id), ElementsAre("ran", "late"));
}

TEST_F(SchedulerTest, KnowsItsLastEndAfterAClockThatRanAhead) {
  start();
  const ScheduleId id = add(schedule_settings("0 * * * *"));
  loop.run_for(hours(2) + minutes(1));
  const LastDue before = *live(id).row.last;
  clock.step_wall(hours(24 * 3'650));
  loop.run_for(minutes(1));
  ASSERT_GT(live(id).row.last->nominal, before.nominal + hours(24 * 3'000));
  clock.step_wall(-hours(24 * 3'650));
  loop.run_for(minutes(1));
  EXPECT_EQ(live(id).row.last, before);
  world.is_host_online = false;  // what is missed now is told
  loop.run_for(hours(1));
  stop();
  start();
  EXPECT_LT(live(id).row.last->nominal, before.nominal + hours(24));
  EXPECT_EQ(live(id).row.last->outcome, LedgerOutcome::blocked);
  EXPECT_TRUE(live(id).blocked);
}

TEST_F(SchedulerTest, KeepsTheLedgerBesideThatOfAClockThatRanAhead) {
  settings.keep_per_schedule = 10;
  start();
  const ScheduleId id = add(schedule_settings("* * * * *"));
  loop.run_for(hours(1));
  clock.step_wall(hours(24 * 3'650));
  loop.run_for(hours(1));
  clock.step_wall(-hours(24 * 3'650));
  loop.run_for(minutes(5));
  const auto kept = [&] {
    loop.run(schedules().scheduler().prune(), Seconds(60));
    return std::pair(number("SELECT count(*) FROM ledger WHERE nominal < unixepoch('2030-01-01')"),
                     number("SELECT count(*) FROM ledger WHERE nominal > unixepoch('2030-01-01')"));
  };
  EXPECT_EQ(kept(), std::pair(std::int64_t{10}, std::int64_t{10}));
  EXPECT_EQ(ledger(id).size(), 20U);
  settings.keep_per_schedule = 1'000;
}

TEST_F(SchedulerTest, GivesWayWhileItLooksAtMany) {
  start();
  for (int i = 0; i < 600; ++i) {
    ScheduleSettings what = schedule_settings("0 0 1 1 *", "queued", "target" + std::to_string(i));
    add(what);
  }
  const auto turns_of = [&](Task<void> work) {
    const MonoTime before = loop.now();
    loop.run(std::move(work), Seconds(60));
    return std::chrono::duration_cast<Millis>(loop.now() - before) / kTurnPause;
  };
  clock.step_wall(-hours(24));  // all are looked at
  EXPECT_GE(turns_of(schedules().scheduler().sweep()), 600 / std::int64_t{kSchedulesPerTurn});
  EXPECT_GE(turns_of(schedules().scheduler().look_after()), 600 / std::int64_t{kSchedulesPerTurn});
  stop();
  const MonoTime before = loop.now();
  start();
  EXPECT_GE(loop.now() - before, 600 / kSchedulesPerTurn * kTurnPause);
}

TEST_F(SchedulerTest, LeavesRowsAloneWhenTheStoreFails) {
  start();
  world.is_host_online = false;
  const ScheduleId waits = add(schedule_settings("0 * * * *", "queued", "target1"));
  const ScheduleId due = add(schedule_settings("5 * * * *", "anew", "target2"));
  loop.run_for(hours(1) + minutes(4));
  ASSERT_EQ(number("SELECT count(*) FROM pending_run"), 1);
  world.is_host_online = true;
  disk.set_capacity(disk.used());
  loop.run_for(minutes(10));
  const bool is_pending_still = life->schedules.book().find(waits)->pending.has_value();
  disk.set_capacity({});
  loop.run_for(minutes(10));
  EXPECT_EQ(number("SELECT count(*) FROM run"), 2) << is_pending_still;
  EXPECT_EQ(number("SELECT count(*) FROM pending_run"), 0);
  EXPECT_THAT(outcomes(waits), ElementsAre("late"));
  EXPECT_THAT(outcomes(due), ElementsAre("superseded", "late"));
}

TEST_F(SchedulerTest, KeepsTheLedgerWithinBounds) {
  settings.keep_per_schedule = 10;
  start();
  add(schedule_settings("* * * * *"));
  loop.run_for(hours(3) + Seconds(2));
  loop.run(schedules().scheduler().prune(), Seconds(60));
  EXPECT_EQ(number("SELECT count(*) FROM ledger"), 10);
  EXPECT_EQ(number("SELECT count(*) FROM run"), 180);
  settings.keep_per_schedule = 1'000;
}

TEST_F(SchedulerTest, EndsAtOnce) {
  start();
  for (int i = 0; i < 50; ++i) add(schedule_settings("* * * * *", "anew", "target" + std::to_string(i)));
  loop.run_for(Seconds(59));
  const MonoTime before = loop.now();
  stop();
  EXPECT_LE(loop.now() - before, Seconds(2));
}

TEST_F(SchedulerTest, IsInTimeWhateverItWaitedForWithinAMinute) {
  start();
  world.takes = Seconds(20);
  ScheduleSettings settings_of = schedule_settings("*/10 * * * *");
  const ScheduleId first = add(settings_of);
  settings_of.name = "second";
  const ScheduleId second = add(settings_of);
  settings_of.name = "third";
  settings_of.jitter = Seconds(5);
  const ScheduleId third = add(settings_of);
  loop.run_for(minutes(11));
  EXPECT_THAT(outcomes(first), ElementsAre("ran"));
  EXPECT_THAT(outcomes(second), ElementsAre("ran"));
  EXPECT_THAT(outcomes(third), ElementsAre("ran"));
  EXPECT_TRUE(ledger(second)[0].entry.reason.starts_with("it waited: the target is busy with run_"));
  world.takes = Seconds(70);
  loop.run_for(minutes(15));
  EXPECT_EQ(outcomes(first).back(), "ran");
  EXPECT_EQ(outcomes(second).back(), "late");
}

}  // namespace
}  // namespace fettle::runs
