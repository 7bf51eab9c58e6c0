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
  EXPECT_THAT(outcomes(cancel), ElementsAre("ran", "late", "late", "late"));
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

struct ScheduleServiceTest : SchedulesFixture {};

TEST_F(ScheduleServiceTest, RefusesWhatIsWrong) {
  start();
  const auto refused = [&](auto change) {
    ScheduleSettings what = schedule_settings("@daily");
    change(what);
    auto added = loop.run(schedules().add(kAda, what), Seconds(60));
    EXPECT_FALSE(added);
    return added                          ? std::string()
           : added.error().fields.empty() ? added.error().reason
                                          : added.error().fields.front().pointer;
  };
  EXPECT_EQ(refused([](ScheduleSettings& what) { what.name = " x"; }), "/body/name");
  EXPECT_EQ(refused([](ScheduleSettings& what) { what.name = std::string(101, 'x'); }), "/body/name");
  EXPECT_EQ(refused([](ScheduleSettings& what) { what.timing = "61 * * * *"; }), "/body/timing");
  EXPECT_EQ(refused([](ScheduleSettings& what) { what.time_zone = "Europe/Nowhere"; }), "/body/time_zone");
  EXPECT_EQ(refused([](ScheduleSettings& what) { what.time_zone = "../../etc/passwd"; }), "/body/time_zone");
  put_zone("posix/Europe", "Europe/Berlin");
  put_zone("right/Europe", "Europe/Berlin");
  EXPECT_EQ(refused([](ScheduleSettings& what) { what.time_zone = "posix/Europe"; }), "/body/time_zone");
  EXPECT_EQ(refused([](ScheduleSettings& what) { what.time_zone = "right/Europe"; }), "/body/time_zone");
  EXPECT_EQ(refused([](ScheduleSettings& what) { what.timing = "CRON_TZ=Europe/Nowhere @daily"; }),
            "/body/timing");
  EXPECT_EQ(refused([](ScheduleSettings& what) { what.plan = "none"; }), "/body/plan");
  EXPECT_EQ(refused([](ScheduleSettings& what) { what.target.kind = "server"; }), "/body/target_kind");
  EXPECT_EQ(refused([](ScheduleSettings& what) { what.jitter = Millis(-1); }), "/body/jitter_ms");
  EXPECT_EQ(refused([](ScheduleSettings& what) { what.misfire_limit = 1'001; }), "/body/misfire_limit");
  EXPECT_EQ(refused([](ScheduleSettings& what) { what.retry.attempts = 0; }), "/body/retry/attempts");
  add(schedule_settings("@daily"));
  EXPECT_EQ(refused([](ScheduleSettings&) {}), "name_taken");
}

TEST_F(ScheduleServiceTest, CountsFromNowWhenATimeIsChanged) {
  start();
  const ScheduleId id = add(schedule_settings("0 12 * * *"));
  loop.run_for(hours(6));
  ScheduleSettings changed = live(id).row.settings;
  changed.timing = "0 3 * * *";  // three hours ago
  ASSERT_TRUE(loop.run(schedules().change(kAda, id, changed, 1)));
  loop.run_for(hours(1));
  EXPECT_EQ(number("SELECT count(*) FROM run"), 0);
  EXPECT_EQ(format_time(live(id).next->at), "2026-01-02T03:00:00.000Z");
  EXPECT_EQ(loop.run(schedules().change(kAda, id, schedule_settings("@hourly"), 1)).error().code,
            ErrorCode::precondition_failed);
  changed.is_enabled = false;
  ASSERT_TRUE(loop.run(schedules().change(kAda, id, changed, 2)));
  loop.run_for(hours(48));
  changed.is_enabled = true;
  ASSERT_TRUE(loop.run(schedules().change(kAda, id, changed, {})));
  loop.run_for(minutes(1));
  EXPECT_EQ(number("SELECT count(*) FROM run"), 0);
  stop();
  start();
  EXPECT_EQ(live(id).row.revision, 4);
  EXPECT_EQ(live(id).row.settings, changed);
}

TEST_F(ScheduleServiceTest, ShowsGapsAndRepeats) {
  clock.step_wall(hours(24 * 85) + hours(12));  // March 27
  start();
  auto preview = loop.run(schedules().preview("30 2 * * *", "Europe/Berlin", Millis(0), 10, {})).value();
  ASSERT_EQ(preview.times.size(), 10U);
  EXPECT_EQ(preview.sentence, "at 02:30 every day, Berlin time");
  EXPECT_EQ(preview.times[0].local, "2026-03-28 02:30 CET");
  EXPECT_EQ(preview.times[1].local, "2026-03-29 03:00 CEST");
  EXPECT_EQ(preview.times[1].note, FireNote::gap);
  EXPECT_EQ(preview.times[2].note, FireNote::none);
  const auto never = loop.run(schedules().preview("0 0 30 2 *", "UTC", Millis(0), 10, {}));
  EXPECT_EQ(never.error().reason, "never_fires");
}

TEST_F(ScheduleServiceTest, MovesInTheTransactionOfItsHost) {
  start();
  world.is_host_online = false;
  const ScheduleId id = add(schedule_settings("0 * * * *"));
  loop.run_for(hours(1) + minutes(20));
  ASSERT_TRUE(is_overdue(id));
  const std::string where = " WHERE environment_id = '" + access::kSystemEnvironment.text() + "'";
  const auto moved = [&] {
    return std::vector{
        number("SELECT count(*) FROM schedule" + where),
        number("SELECT count(*) FROM condition" + where + " AND source_id = '" + id.text() + "'")};
  };
  // A move that fails takes nothing along.
  ASSERT_FALSE(loop.run(life->store.write([&](store::Session& session) -> Result<> {
    schedules().move_host(session, kHost, access::kSystemEnvironment);
    return fail(ErrorCode::conflict, "name_taken", "the name is not free there");
  })));
  EXPECT_THAT(moved(), Each(0));
  EXPECT_EQ(live(id).row.settings.target.environment, access::kDefaultEnvironment);
  bool is_known_then = false;
  ASSERT_TRUE(loop.run(life->store.write([&](store::Session& session) {
    EXPECT_THAT(schedules().move_host(session, kHost, access::kSystemEnvironment), ElementsAre(id));
    session.after_commit(
        [&] { is_known_then = live(id).row.settings.target.environment == access::kSystemEnvironment; });
  })));
  EXPECT_TRUE(is_known_then);
  EXPECT_THAT(moved(), Each(::testing::Ge(1)));
  EXPECT_EQ(life->conditions.find({id.text(), "schedule.overdue", ""})->environment,
            access::kSystemEnvironment);
  stop();
  start();
  EXPECT_EQ(live(id).row.settings.target.environment, access::kSystemEnvironment);
  EXPECT_TRUE(live(id).blocked);
}

TEST_F(ScheduleServiceTest, GoesWithItsHost) {
  start();
  world.is_host_online = false;
  const ScheduleId id = add(schedule_settings("0 * * * *", "queued"));
  loop.run_for(hours(1) + Seconds(3));
  ASSERT_TRUE(
      loop.run(life->store.write([&](store::Session& session) { schedules().forget_host(session, kHost); })));
  EXPECT_EQ(schedules().book().find(id), nullptr);
  EXPECT_EQ(number("SELECT count(*) FROM schedule") + number("SELECT count(*) FROM pending_run"), 0);
  EXPECT_EQ(outcomes().size(), 1U);  // what was, was
}

}  // namespace
}  // namespace fettle::runs
