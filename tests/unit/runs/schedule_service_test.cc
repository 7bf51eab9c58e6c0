#include "fettle/runs/schedule_service.h"

#include <gmock/gmock.h>

#include <set>

#include "fettle/runs/schedule_dto.h"
#include "tests/unit/runs/schedules_fixture.h"

namespace fettle::runs {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using ::testing::Each;
using ::testing::ElementsAre;

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

TEST_F(ScheduleServiceTest, SwitchesOffWhatCannotRunAnyMore) {
  start();
  ScheduleSettings berlin = schedule_settings("0 12 * * *");
  berlin.time_zone = "Europe/Berlin";
  const ScheduleId id = add(berlin);
  stop();
  remove_zone("Europe/Berlin");
  start();
  ASSERT_FALSE(live(id).fault.empty());
  ScheduleSettings changed = live(id).row.settings;
  changed.name = "another name";
  ASSERT_TRUE(loop.run(schedules().change(kAda, id, changed, {})));
  EXPECT_FALSE(live(id).fault.empty());
  changed.is_enabled = false;
  ASSERT_TRUE(loop.run(schedules().change(kAda, id, changed, {})));
  EXPECT_FALSE(live(id).row.settings.is_enabled);
  EXPECT_FALSE(is_overdue(id));
  changed.is_enabled = true;
  const auto refused = loop.run(schedules().change(kAda, id, changed, {}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fields.front().pointer, "/body/time_zone");
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

TEST_F(ScheduleServiceTest, GivesANewOneTheTimesThatWereShown) {
  start();
  const auto preview = [&](const char* timing, Millis jitter, std::optional<ScheduleId> id = {}) {
    return loop.run(schedules().preview(timing, "UTC", jitter, 3, id)).value();
  };
  EXPECT_FALSE(preview("30 2 * * *", Millis(0)).is_chosen);
  EXPECT_TRUE(preview("30 2 * * *", hours(1)).is_chosen);
  const TimingPreview shown = preview("H H(2-4) * * *", hours(1));
  EXPECT_TRUE(shown.is_chosen);
  EXPECT_EQ(preview("H H(2-4) * * *", hours(1), shown.schedule).times[2].at, shown.times[2].at);
  std::set<WallTime> others;
  for (int i = 0; i < 10; ++i) others.insert(preview("H H(2-4) * * *", hours(1)).times[0].at);
  EXPECT_GT(others.size(), 1U) << "each draws its own";

  ScheduleSettings wanted = schedule_settings("H H(2-4) * * *");
  wanted.jitter = hours(1);
  const auto added = loop.run(schedules().add(kAda, wanted, shown.schedule), Seconds(60));
  ASSERT_TRUE(added);
  EXPECT_EQ(*added, shown.schedule);
  EXPECT_EQ(live(*added).next->at, shown.times[0].at);
  wanted.name = "another";
  const auto refused = [&] { return loop.run(schedules().add(kAda, wanted, shown.schedule), Seconds(60)); };
  EXPECT_EQ(refused().error().reason, "id_taken");
  clock.step_wall(hours(12));
  loop.run_for(minutes(1));
  ASSERT_TRUE(loop.run(schedules().remove(kAda, *added, {})));
  EXPECT_EQ(refused().error().reason, "id_taken") << "its ledger is there";
  clock.step_wall(hours(13));
  EXPECT_EQ(refused().error().fields.front().pointer, "/body/id");
}

TEST_F(ScheduleServiceTest, SaysWhatIsNextBesideWhatWaits) {
  start();
  world.is_host_online = false;
  ScheduleSettings settings_of = schedule_settings("0 * * * *");
  settings_of.jitter = minutes(3);
  const ScheduleId id = add(settings_of);
  const Seconds jitter = jitter_of(id, settings_of.jitter);
  const auto said = [&] { return schedule_dto(live(id), "", clock.wall_now()); };
  EXPECT_FALSE(said().waiting);
  loop.run_for(hours(1) + minutes(10));
  const Instant due = *live(id).blocked;
  EXPECT_EQ(said().waiting, "the host is away");
  EXPECT_EQ(said().waiting_since, WallTime(due) + jitter);
  EXPECT_EQ(said().next_at, WallTime(due) + hours(1) + jitter);
  EXPECT_TRUE(ledger_dto(ledger(id)[0], &live(id)).is_waiting);
  loop.run_for(hours(1));
  EXPECT_EQ(said().waiting_since, WallTime(due) + hours(1) + jitter);
  EXPECT_EQ(said().next_at, WallTime(due) + hours(2) + jitter);
  const auto rows = ledger(id);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_FALSE(ledger_dto(rows[1], &live(id)).is_waiting) << "another took its place";
  world.is_host_online = true;
  schedules().host_came(kHost);
  loop.run_for(Seconds(5));
  EXPECT_FALSE(said().waiting);
  EXPECT_FALSE(said().waiting_since);
  EXPECT_FALSE(ledger_dto(ledger(id)[0], &live(id)).is_waiting);
}

}  // namespace
}  // namespace fettle::runs
