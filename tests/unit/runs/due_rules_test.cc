#include "fettle/runs/due_rules.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "fettle/runs/cron_rules.h"
#include "tests/support/zone_files.h"

namespace fettle::runs {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

constexpr Instant kStart = std::chrono::sys_days(std::chrono::year(2026) / 2 / 1);

/// One schedule played over time: what a scheduler does with the decisions, without any store.
struct Play {
  explicit Play(const std::string& text, const std::string& zone_name = "UTC")
      : timing(parse_timing(text, 1).value()), zone(zone_name == "UTC" ? Zone() : test::zone_of(zone_name)) {
    schedule.id = ScheduleId(make_uuid7(1'700'000'000'000, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
    schedule.settings.timing = text;
    schedule.settings.catch_up = Millis(days(800));
    schedule.settled_until = kStart;
  }

  DueDecision tick(WallTime now) {
    const DueFacts facts{schedule, timing,       zone,          now, live, pending ? &*pending : nullptr,
                         blocked,  is_host_away, queues_misses, ""};
    DueDecision decision = decide_due(facts);
    if (!decision.is_clock_corrected) EXPECT_GE(decision.settled_until, schedule.settled_until);
    was_corrected = was_corrected || decision.is_clock_corrected;
    schedule.settled_until = decision.settled_until;
    blocked = decision.blocked;
    if (decision.drops_pending) pending.reset();
    for (const LedgerEntry& entry : decision.ledger) write(entry);
    if (const auto* start = std::get_if<StartDue>(&decision.action)) {
      // After a correction the identity of the due time keeps it from a second run; before, the rules do.
      const bool is_new = runs.insert({start->fire.at, start->outcome}).second;
      EXPECT_TRUE(is_new || was_corrected) << "twice";
      write({schedule.id, start->fire.at, start->fire.fold, now, start->outcome, start->reason, {}, 1});
    }
    if (auto* pend = std::get_if<PendDue>(&decision.action)) {
      EXPECT_FALSE(pending);
      pending = pend->pending;
    }
    return decision;
  }
  void write(const LedgerEntry& entry) {
    ledger[entry.nominal] = entry;
    schedule.last = LastDue{entry.nominal, entry.outcome, entry.run};
  }
  [[nodiscard]] std::int64_t counted() const {
    std::int64_t sum = 0;
    for (const auto& [nominal, entry] : ledger) sum += entry.count;
    return sum;
  }
  [[nodiscard]] std::int64_t counted(LedgerOutcome outcome) const {
    std::int64_t sum = 0;
    for (const auto& [nominal, entry] : ledger)
      if (entry.outcome == outcome) sum += entry.count;
    return sum;
  }

  Schedule schedule;
  Timing timing;
  Zone zone;
  std::optional<RunId> live;
  std::optional<PendingRun> pending;
  std::optional<Instant> blocked;
  bool is_host_away = false, queues_misses = false, was_corrected = false;
  std::map<Instant, LedgerOutcome> runs;
  std::map<Instant, LedgerEntry> ledger;
};

const RunId kOther(make_uuid7(1'700'000'000'000, {9}));

TEST(DueRules, RunsWhatIsDueInTimeOnce) {
  Play play("*/10 * * * *");
  for (Instant now = kStart; now <= kStart + days(1); now += Seconds(1)) play.tick(now);
  EXPECT_EQ(play.runs.size(), 144U);
  EXPECT_EQ(play.counted(LedgerOutcome::ran), 144);
  EXPECT_EQ(play.counted(), 144);
}

// Invariant 3: after an outage of d run_once yields one run, run_all(n) the smaller of missed and n, skip
// none.
TEST(DueRules, CatchesUpAsTheScheduleSays) {
  for (const char* text : {"* * * * *", "*/15 * * * *", "30 2 * * *", "every 7h", "0 0 1 * *"}) {
    for (const Seconds outage : {Seconds(1), Seconds(90), Seconds(hours(1)), Seconds(days(1)),
                                 Seconds(days(31)), Seconds(days(400))}) {
      for (const Misfire misfire : {Misfire::skip, Misfire::run_once, Misfire::run_all}) {
        Play play(text);
        play.schedule.settings.misfire = misfire;
        play.schedule.settings.misfire_limit = 25;
        const Instant back = kStart + outage;
        const std::int64_t due = count_fires(play.timing, play.zone, kStart, back);
        const std::int64_t in_time =
            count_fires(play.timing, play.zone, std::max(kStart, back - kInTime), back);
        // The clock stands, so that nothing new becomes due while the backlog is run.
        for (int i = 0; i < 30; ++i) play.tick(back);
        const auto expected = [&]() -> std::int64_t {
          switch (misfire) {
            case Misfire::skip:
              return std::min<std::int64_t>(in_time, 1);
            case Misfire::run_once:
              return std::min<std::int64_t>(due, 1);
            case Misfire::run_all:
              return std::min<std::int64_t>(due, 25);
          }
          return -1;
        };
        EXPECT_EQ(static_cast<std::int64_t>(play.runs.size()), expected()) << text << " " << outage.count();
        EXPECT_EQ(play.counted(), due) << text << " " << outage.count();  // none without an end
      }
    }
  }
}

TEST(DueRules, RunsAllOneAfterTheOtherAlsoWhileOneWaits) {
  Play play("0 3 * * *");
  play.schedule.settings.misfire = Misfire::run_all;
  play.queues_misses = true;
  play.is_host_away = true;
  const WallTime back = kStart + days(5);
  for (int i = 0; i < 10; ++i) play.tick(back);
  ASSERT_TRUE(play.pending);
  EXPECT_EQ(play.pending->nominal, kStart + hours(3));
  EXPECT_EQ(play.counted(LedgerOutcome::superseded), 0);
  play.is_host_away = false;
  play.pending.reset();  // it was begun
  for (int i = 0; i < 10; ++i) play.tick(back);
  EXPECT_EQ(play.runs.size(), 4U);
  EXPECT_EQ(play.counted(LedgerOutcome::superseded), 0);
}

TEST(DueRules, LeavesWhatIsTooOldToCatchUp) {
  Play play("0 3 * * *");
  play.schedule.settings.catch_up = Millis(hours(24));
  play.tick(kStart + days(10) + hours(2));
  EXPECT_EQ(play.runs.size(), 1U);
  EXPECT_EQ(play.counted(LedgerOutcome::missed), 9);
  Play never("0 3 * * *");
  never.schedule.settings.catch_up = Millis(0);
  never.tick(kStart + days(1) + hours(4));
  EXPECT_EQ(never.runs.size(), 0U);
  EXPECT_EQ(never.counted(LedgerOutcome::missed), 2);
  never.tick(kStart + days(2) + hours(3) + Seconds(59));
  EXPECT_EQ(never.runs.size(), 1U);
}

TEST(DueRules, HeedsTheRunBefore) {
  Play skip("*/10 * * * *");
  skip.live = kOther;
  skip.tick(kStart + minutes(10));
  EXPECT_EQ(skip.counted(LedgerOutcome::skipped), 1);
  EXPECT_FALSE(skip.pending);

  Play queue("*/10 * * * *");
  queue.schedule.settings.overlap = Overlap::queue_one;
  queue.live = kOther;
  queue.tick(kStart + minutes(10));
  ASSERT_TRUE(queue.pending);
  queue.tick(kStart + minutes(20));  // one only, the newest
  EXPECT_EQ(queue.pending->nominal, kStart + minutes(20));
  EXPECT_EQ(queue.counted(LedgerOutcome::superseded), 1);

  Play cancel("*/10 * * * *");
  cancel.schedule.settings.overlap = Overlap::cancel_running;
  cancel.live = kOther;
  const auto decision = cancel.tick(kStart + minutes(10));
  EXPECT_EQ(std::get<PendDue>(decision.action).cancels, kOther);
}

TEST(DueRules, HeedsTheHost) {
  Play anew("*/10 * * * *");  // B13
  anew.is_host_away = true;
  for (int i = 1; i <= 25; ++i) anew.tick(kStart + minutes(i));
  EXPECT_EQ(anew.blocked, kStart + minutes(20));
  EXPECT_EQ(anew.counted(LedgerOutcome::superseded), 1);
  EXPECT_EQ(anew.counted(LedgerOutcome::blocked), 1);
  anew.is_host_away = false;
  anew.tick(kStart + minutes(26));
  EXPECT_EQ(anew.runs, (std::map{std::pair{kStart + minutes(20), LedgerOutcome::late}}));
  EXPECT_EQ(anew.counted(), 2);

  Play queued("*/10 * * * *");  // B12
  queued.is_host_away = queued.queues_misses = true;
  queued.schedule.settings.retry.backoff = minutes(2);
  queued.tick(kStart + minutes(10));
  ASSERT_TRUE(queued.pending);
  EXPECT_EQ(queued.pending->next_attempt_at, kStart + minutes(12));
  queued.tick(kStart + minutes(20));
  EXPECT_EQ(queued.pending->nominal, kStart + minutes(20));
  queued.is_host_away = false;
  queued.tick(kStart + minutes(30));  // the next due time comes before the drain
  EXPECT_FALSE(queued.pending);
  EXPECT_EQ(queued.counted(LedgerOutcome::superseded), 2);
  EXPECT_EQ(queued.counted(), 3);
}

TEST(DueRules, IsNotMovedByStepsOfTheClock) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 300; ++round) {
    Play play(round % 2 == 0 ? "*/5 * * * *" : "30 */3 * * *");
    play.schedule.settings.misfire = static_cast<Misfire>(round % 3);
    Instant now = kStart;
    for (int i = 0; i < 400; ++i) {
      now += Seconds(1 + static_cast<std::int64_t>(random() % 120));
      if (random() % 20 == 0) {
        constexpr std::array<std::int64_t, 3> kSteps{10, 3 * 3'600, 10 * 365 * 86'400};
        const std::int64_t step = kSteps[random() % kSteps.size()];
        now += Seconds(random() % 2 == 0 ? step : -step);
      }
      play.tick(now);  // fails at a second run of one due time
      const auto next = next_due(play.schedule, play.timing, play.zone);
      ASSERT_TRUE(next);
      ASSERT_LT(next->at, now + kClockCorrection + hours(4)) << "the next due time is within reach";
    }
  }
}

TEST(DueRules, AcceptsThatTheClockWasWrong) {
  Play play("0 * * * *");
  play.tick(kStart + days(3'650));  // ten years ahead, and back
  EXPECT_EQ(play.runs.size(), 1U);
  const auto decision = play.tick(kStart + minutes(30));
  EXPECT_TRUE(decision.is_clock_corrected);
  play.tick(kStart + hours(1));
  EXPECT_EQ(play.runs.size(), 2U);
  // A small step back: what ran stays run, and nothing is forgotten.
  play.tick(kStart + hours(1) - Seconds(10));
  play.tick(kStart + hours(1) + Seconds(1));
  EXPECT_EQ(play.runs.size(), 2U);
}

TEST(DueRules, SpreadsByJitterThatStays) {
  Play play("0 3 * * *");
  play.schedule.settings.jitter = Millis(hours(1));
  const Seconds jitter = jitter_of(play.schedule.id, play.schedule.settings.jitter);
  ASSERT_GT(jitter, Seconds(0));
  EXPECT_EQ(next_due(play.schedule, play.timing, play.zone)->at, kStart + hours(3) + jitter);
  play.tick(kStart + hours(3) + jitter - Seconds(1));
  EXPECT_TRUE(play.runs.empty());
  play.tick(kStart + hours(3) + jitter);
  EXPECT_EQ(play.runs.begin()->first, kStart + hours(3));
  std::map<std::int64_t, int> seen;
  std::mt19937_64 random(1);
  for (int i = 0; i < 2'000; ++i) {
    std::array<std::uint8_t, 10> bytes{};
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    ++seen[jitter_of(ScheduleId(make_uuid7(1, bytes)), Millis(100'000)).count() / 10];
  }
  for (const auto& [tenth, number] : seen)
    if (tenth < 10) EXPECT_GT(number, 120) << tenth;
}

TEST(DueRules, RunsADailyScheduleOnceOnDaysOfClockChanges) {
  for (const char* name : {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"}) {
    Play play("30 2 * * *", name);
    for (Instant now = kStart; now < kStart + days(330); now += Seconds(53)) play.tick(now);
    EXPECT_EQ(play.runs.size(), 330U) << name;
    EXPECT_EQ(play.counted(LedgerOutcome::ran), 330) << name;
  }
}

TEST(PendingRules, DoublesItsWaitToHalfAnHour) {
  const RetryPolicy retry{Millis(60'000), 5};
  PendingRun pending;
  pending.nominal = kStart;
  std::vector<std::int64_t> waits;
  for (int i = 0; i < 8; ++i) {
    pending = after_failure(pending, retry, kStart, "no");
    waits.push_back((pending.next_attempt_at - WallTime(kStart)) / minutes(1));
  }
  EXPECT_EQ(waits, (std::vector<std::int64_t>{2, 4, 8, 16, 30, 30, 30, 30}));
  EXPECT_EQ(pending_backoff({Millis(0), 1}, 0), Millis(1'000));
  EXPECT_EQ(pending_backoff({Millis(1'000'000'000), 1}, 3), kMostBackoff);
}

TEST(PendingRules, AttemptsWaitsAbandons) {
  Schedule schedule;
  schedule.settings.retry.attempts = 3;
  PendingRun pending;
  pending.next_attempt_at = kStart + minutes(5);
  const auto step = [&](auto change) {
    PendingFacts facts{.pending = pending, .schedule = &schedule, .now = kStart, .cannot_run = ""};
    change(facts);
    return decide_pending(facts).step;
  };
  EXPECT_EQ(step([](PendingFacts&) {}), PendingStep::wait);
  EXPECT_EQ(step([](PendingFacts& facts) { facts.now = kStart + minutes(5); }), PendingStep::attempt);
  EXPECT_EQ(step([](PendingFacts& facts) { facts.has_host_come = true; }), PendingStep::attempt);
  EXPECT_EQ(step([](PendingFacts& facts) { facts.now = kStart - days(3'650); }), PendingStep::attempt);
  EXPECT_EQ(step([](PendingFacts& facts) {
              facts.now = kStart + days(90);
              facts.is_host_away = true;
            }),
            PendingStep::wait);
  EXPECT_EQ(step([](PendingFacts& facts) { facts.schedule = nullptr; }), PendingStep::abandon);
  const auto refused = [](Instant now, bool has_host_come) {
    return [=](PendingFacts& facts) {
      facts.refusal = "too old";
      facts.now = now;
      facts.has_host_come = has_host_come;
    };
  };
  EXPECT_EQ(step(refused(kStart + minutes(5), false)), PendingStep::refused);
  EXPECT_EQ(step(refused(kStart, true)), PendingStep::wait);  // a hello is no attempt
  pending.attempt = 3;
  EXPECT_EQ(step([](PendingFacts&) {}), PendingStep::abandon);
  pending.attempt = 0;
  schedule.settings.is_enabled = false;
  EXPECT_EQ(step([](PendingFacts&) {}), PendingStep::abandon);
}

TEST(DueRules, SaysWhenAScheduleIsOverdue) {
  Play play("0 * * * *");
  play.is_host_away = true;
  play.tick(kStart + hours(1));
  const auto says = [&](Instant now) { return decide_overdue(play.schedule, nullptr, play.blocked, now); };
  EXPECT_EQ(says(kStart + hours(1) + minutes(14)), "");
  EXPECT_TRUE(says(kStart + hours(1) + minutes(15)).contains("still waits"));
  play.schedule.settings.jitter = hours(10);
  const Seconds moved = jitter_of(play.schedule.id, hours(10));
  ASSERT_GT(moved, minutes(15));
  EXPECT_EQ(says(kStart + hours(1) + minutes(14) + moved), "");
  EXPECT_TRUE(says(kStart + hours(1) + minutes(15) + moved).contains("still waits: the host is away"));
  play.schedule.settings.jitter = Millis(0);
  play.is_host_away = false;
  play.tick(kStart + hours(1) + minutes(20));
  EXPECT_EQ(says(kStart + hours(1) + minutes(21)), "");
  play.schedule.settings.misfire = Misfire::skip;
  play.tick(kStart + hours(3) + minutes(30));
  EXPECT_TRUE(says(kStart + hours(3) + minutes(31)).contains("was missed"));
}

}  // namespace
}  // namespace fettle::runs
