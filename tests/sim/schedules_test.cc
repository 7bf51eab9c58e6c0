// The whole of schedules under a seed: servers crash at any write, hosts come and go, clocks step, zones
// change, and a second scheduler believes that it leads as well. Invariants 1 to 6 and 12: a due time has one
// run at most and an end in the ledger, whatever happens.
#include <gtest/gtest.h>

#include <cstdlib>

#include "fettle/runs/cron_rules.h"
#include "fettle/runs/occurrence_rules.h"
#include "fettle/runs/schedule_repo.h"
#include "tests/unit/runs/schedules_fixture.h"

namespace fettle::runs {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

int seeds() {
  const char* text = std::getenv("FETTLE_SCHEDULE_SEEDS");
  return text == nullptr ? 300 : std::atoi(text);
}

/// One play.
class Play {
 public:
  explicit Play(std::uint64_t seed)
      : loop_(seed), random_(loop_.random().stream(2)), disk_(loop_.random().stream(1)) {
    crypto_start();
    EXPECT_TRUE(disk_.make_folders("/data"));
    EXPECT_TRUE(disk_.make_folders("/zones/Europe"));
    put_zone("Europe/Berlin");
    has_rival_ = random_.chance(40);
    has_steps_ = random_.chance(40);
    has_other_zones_ = random_.chance(20);
    has_small_steps_ = random_.chance(50);
  }

  void run() {
    begin_life();
    make_schedules();
    const auto rounds = 8 + random_.below(8);
    for (std::uint64_t i = 0; i < rounds && !::testing::Test::HasFailure(); ++i) round();
    heal();
    check();
    end_life();
  }

  std::uint64_t crashes = 0, failed_attempts = 0;

 private:
  void put_zone(const std::string& rules_of) {
    io::SimFiles files(disk_);
    const auto bytes = fettle::test::zone_bytes(fettle::test::kZoneFolder + "/" + rules_of);
    ignore(files.write_atomically("/zones/Europe/Berlin",
                                  {reinterpret_cast<const char*>(bytes.data()), bytes.size()}),
           "a disk that fails just now");
  }

  bool try_life() {
    life_ = std::make_unique<ScheduleLife>(loop_, clock_, disk_, loop_.random().stream(++lives_), log_,
                                           world_, settings_);
    if (!life_->begin(loop_)) return false;
    if (has_rival_) {
      rival_ =
          std::make_unique<ScheduleService>(ScheduleGround{loop_,
                                                           clock_,
                                                           life_->random,
                                                           log_.with("rival"),
                                                           life_->store,
                                                           life_->event_log,
                                                           life_->conditions,
                                                           life_->engine,
                                                           {loop_, *life_->workers, life_->files, "/zones"},
                                                           "server_rival",
                                                           access::kSystemEnvironment},
                                            settings_);
      if (!loop_.run(rival_->load())) return false;
      rival_->start();
    }
    return true;
  }
  void begin_life() {
    for (int i = 0; i < 20; ++i) {
      disk_life_ = disk_.life();
      if (try_life() && disk_.life() == disk_life_) return;
      crash_life();
    }
    FAIL() << "no life begins";
  }
  void end_life() {
    failed_attempts += life_->schedules.figures().failed_attempts;
    if (rival_) loop_.run(rival_->stop());
    rival_.reset();
    life_->end(loop_);
    life_.reset();
  }
  void crash_life() {
    ++crashes;
    disk_.crash();
    end_life();
  }

  void make_schedules() {
    static const std::vector<std::string> kTimings{"* * * * *", "*/3 * * * *", "0-59/7 0-23 * * *",
                                                   "every 4m", "every 5m offset 2m"};
    const auto count = 1 + random_.below(5);
    for (std::uint64_t i = 0; i < count; ++i) {
      ScheduleSettings what =
          schedule_settings(kTimings[random_.below(kTimings.size())], random_.chance(50) ? "queued" : "anew",
                            "target" + std::to_string(random_.below(3)));
      what.name = "number " + std::to_string(i);
      what.misfire = static_cast<Misfire>(random_.below(3));
      what.misfire_limit = 1 + static_cast<std::uint32_t>(random_.below(5));
      what.overlap = static_cast<Overlap>(random_.below(3));
      if (random_.chance(50)) what.jitter = Millis(30'000);
      if (random_.chance(50)) what.time_zone = "Europe/Berlin";
      what.retry = {Millis(5'000), 1 + static_cast<std::uint32_t>(random_.below(5))};
      const Instant from = std::chrono::floor<Seconds>(clock_.wall_now());
      auto added = loop_.run(life_->schedules.add(kAda, what), Seconds(60));
      if (!added) continue;
      if (rival_) {  // the other server reads it at its start
        end_life();
        begin_life();
      }
      made_[*added] = from;
    }
  }

  void round() {
    world_.takes = Millis(random_.chance(20) ? 150'000 : 500);
    if (random_.chance(30)) {
      world_.is_host_online = !world_.is_host_online;
      if (world_.is_host_online) life_->schedules.host_came(kHost);
    }
    if (random_.chance(20)) world_.refusal = world_.refusal.empty() ? "the agent is too old" : "";
    if (has_steps_ && random_.chance(30)) {
      constexpr std::array<std::int64_t, 3> kSteps{10, 3 * 3'600 + 5, 10LL * 365 * 86'400};
      const Seconds by(kSteps[random_.below(has_small_steps_ ? 1 : kSteps.size())]);
      clock_.step_wall(random_.chance(50) ? Micros(by) : -Micros(by));
      was_stepped_ = true;
      was_moved_far_ = was_moved_far_ || by > Seconds(10);
    }
    if (has_other_zones_ && random_.chance(30)) {
      put_zone(random_.chance(50) ? "Asia/Kathmandu" : "Europe/Berlin");
      was_zone_changed_ = true;
    }
    if (random_.chance(20)) {
      for (int i = 0; i < 10; ++i) life_->schedules.host_came(kHost);
    }
    // It crashes in the middle of a write or a sync, at the end of the round, or not at all.
    const std::uint64_t how = random_.below(10);
    if (how < 4) disk_.crash_in(how < 2 ? io::DiskCall::sync : io::DiskCall::write, 1 + random_.below(120));
    loop_.run_for(Seconds(30 + static_cast<std::int64_t>(random_.below(300))));
    if (how == 4 || disk_.life() != disk_life_) {
      crash_life();
      if (random_.chance(30)) loop_.run_for(minutes(1 + static_cast<std::int64_t>(random_.below(20))));
      begin_life();
    }
  }

  void heal() {
    disk_.crash_in(io::DiskCall::sync, 0);  // none any more
    disk_.crash_in(io::DiskCall::write, 0);
    if (disk_.life() != disk_life_) {
      crash_life();
      begin_life();
    }
    world_.is_host_online = true;
    world_.refusal.clear();
    world_.takes = Millis(500);
    loop_.run_for(minutes(15));
  }

  template <class F>
  auto read(F function) {
    auto out = loop_.run(life_->store.read(std::move(function)), Seconds(60));
    EXPECT_TRUE(out) << (out ? "" : out.error().detail);
    using Value = std::remove_cvref_t<decltype(*out)>;
    return out ? Value(std::move(*out)) : Value{};
  }
  std::int64_t number(std::string sql) {
    return read([sql](store::Session& session) {
             return session.query_one(sql, {}, [](const store::Row& row) { return row.integer(0); });
           })
        .value_or(0);
  }

  void check() {
    // One run a due time: every run that began has its entry, every entry that says so has its run.
    EXPECT_EQ(number("SELECT count(*) FROM (SELECT 1 FROM run WHERE schedule_id IS NOT NULL GROUP BY "
                     "schedule_id, nominal_at, fold"
                     " HAVING count(*) > 1)"),
              0);
    EXPECT_EQ(number("SELECT count(*) FROM ledger WHERE outcome IN ('ran', 'late') AND run_id NOT IN (SELECT "
                     "id FROM run)"),
              0);
    EXPECT_EQ(number("SELECT count(*) FROM run WHERE schedule_id IS NOT NULL AND id NOT IN"
                     " (SELECT run_id FROM ledger WHERE outcome IN ('ran', 'late'))"),
              0);
    for (const auto& [run, times] : world_.handed_over)
      EXPECT_GE(number("SELECT count(*) FROM run WHERE id = '" + run.text() + "'"), 1)
          << "handed over and not written down";
    // Nothing stays behind.
    EXPECT_LE(number("SELECT count(*) FROM run WHERE is_live = 1"), 3);
    EXPECT_EQ(number("SELECT count(*) FROM pending_run WHERE attempt > 5"), 0) << "none has more attempts";
    for (const auto& [id, from] : made_) {
      const LiveSchedule* live = life_->schedules.book().find(id);
      ASSERT_NE(live, nullptr);
      const auto stored = read([id](store::Session& session) { return schedule_repo::find(session, id); });
      ASSERT_TRUE(stored);
      ASSERT_TRUE(live->next);
      EXPECT_LT(live->next->at,
                clock_.wall_now() + minutes(20) + (was_stepped_ ? kClockCorrection : Seconds(0)))
          << "it is due again soon";
      // A clock that was wrong by hours, or another zone, leaves times that are no due times any more.
      if (was_moved_far_ || was_zone_changed_) continue;
      // Every due time has exactly one end, though clocks go back and forth by seconds.
      const std::int64_t due = count_fires(live->timing, *live->zone, from, stored->settled_until);
      const std::int64_t open = live->blocked && *live->blocked > stored->settled_until ? 1 : 0;
      EXPECT_EQ(number("SELECT sum(count) FROM ledger WHERE schedule_id = '" + id.text() + "'"), due + open)
          << live->row.settings.timing;
    }
  }

  io::SimLoop loop_;
  io::SimRandom random_;
  io::SimClock clock_{loop_};
  io::SimDisk disk_;
  std::shared_ptr<io::MemorySink> sink_ = std::make_shared<io::MemorySink>();
  io::Log log_{sink_, "sim"};
  ScheduleWorld world_;
  SchedulerSettings settings_;
  std::unique_ptr<ScheduleLife> life_;
  std::unique_ptr<ScheduleService> rival_;
  std::map<ScheduleId, Instant> made_;  // and from when on it counts
  bool has_rival_ = false, has_steps_ = false, has_other_zones_ = false, has_small_steps_ = false;
  bool was_stepped_ = false, was_moved_far_ = false, was_zone_changed_ = false;
  std::uint64_t lives_ = 10, disk_life_ = 0;
};

TEST(SchedulesSim, KeepsEveryDueTimeThroughCrashesStepsAndRivals) {
  const char* first = std::getenv("FETTLE_SCHEDULE_SEED");
  const std::uint64_t begin = first == nullptr ? 1 : std::strtoull(first, nullptr, 10);
  std::uint64_t crashes = 0, failed_attempts = 0;
  for (std::uint64_t seed = begin; seed < begin + static_cast<std::uint64_t>(seeds()); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Play play(seed);
    play.run();
    crashes += play.crashes;
    failed_attempts += play.failed_attempts;
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
  }
  if (seeds() < 100) return;
  EXPECT_GT(crashes, static_cast<std::uint64_t>(seeds()));
  EXPECT_GT(failed_attempts, 0U) << "pending runs are refused as well";
}

}  // namespace
}  // namespace fettle::runs
