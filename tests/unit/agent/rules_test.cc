#include <gtest/gtest.h>

#include "fettle/agent/alarm.h"
#include "fettle/agent/beat_rules.h"
#include "fettle/agent/link_rules.h"
#include "tests/unit/io/sim_fixture.h"

namespace fettle::agent {
namespace {

WallTime at_ms(std::int64_t ms) {
  return wall_from_unix_ms(ms);
}

TEST(BeatRules, KeepsToTheGridOfTheHost) {
  for (const std::int64_t interval : {1'000, 5'000, 7'000, 60'000}) {
    for (const double phase : {0.0, 0.25, 0.9999}) {
      for (std::int64_t now = 1'700'000'000'000; now < 1'700'000'000'000 + 200'000; now += 977) {
        const Nanos wait = decide_next_beat(at_ms(now), Millis(interval), phase);
        ASSERT_GE(wait, Millis(interval / 4));
        ASSERT_LE(wait, Millis(interval / 4 + interval));
        const auto due_us = now * 1000 + std::chrono::duration_cast<Micros>(wait).count();
        const auto offset_us = static_cast<std::int64_t>(phase * static_cast<double>(interval) * 1000);
        ASSERT_EQ((due_us - offset_us) % (interval * 1000), 0);
      }
    }
  }
}

TEST(BeatRules, GoesOnAfterABeatWithOneInterval) {
  WallTime now = at_ms(1'700'000'001'234);
  now += std::chrono::duration_cast<Micros>(decide_next_beat(now, Seconds(5), 0.3));
  for (int beat = 0; beat < 100; ++beat) {
    const Nanos wait = decide_next_beat(now, Seconds(5), 0.3);
    EXPECT_EQ(wait, Seconds(5));
    now += std::chrono::duration_cast<Micros>(wait);
  }
}

TEST(BeatRules, BearsClocksBeforeTheEpoch) {
  EXPECT_GE(decide_next_beat(at_ms(-12'345), Seconds(5), 0.5), Millis(1250));
  EXPECT_LE(decide_next_beat(at_ms(-12'345), Seconds(5), 0.5), Millis(6250));
}

TEST(BeatRules, SpreadsAFleet) {
  std::array<int, 10> slots{};
  for (int host = 0; host < 10'000; ++host) {
    const double phase = decide_phase("host_" + std::to_string(host));
    ASSERT_GE(phase, 0);
    ASSERT_LT(phase, 1);
    ++slots[static_cast<std::size_t>(phase * 10)];
  }
  for (const int count : slots) EXPECT_NEAR(count, 1000, 150);
  EXPECT_EQ(decide_phase("host_1"), decide_phase("host_1"));
}

LinkEnd end_of(LinkCause cause, Nanos welcomed_for = Nanos(0)) {
  return {.cause = cause, .detail = "", .welcomed_for = welcomed_for};
}

TEST(LinkRules, BacksOffBetweenOneAndThirtySeconds) {
  LinkHistory history;
  Millis widest{0};
  for (int attempt = 0; attempt < 100; ++attempt) {
    const NextTry lowest = decide_retry(end_of(LinkCause::dial_failed), history, 0);
    const NextTry highest = decide_retry(end_of(LinkCause::dial_failed), history, 0.999999);
    EXPECT_GE(lowest.delay, Seconds(1));
    EXPECT_LE(highest.delay, Seconds(30));
    EXPECT_GE(highest.delay, widest) << "the spread never narrows";
    widest = highest.delay;
    EXPECT_FALSE(highest.gives_up);
    history = highest.history;
  }
  EXPECT_GE(widest, Millis(29'900));
}

TEST(LinkRules, BeginsAnewAfterAGoodMinute) {
  LinkHistory history;
  for (int i = 0; i < 10; ++i) history = decide_retry(end_of(LinkCause::closed), history, 0.5).history;
  const NextTry early = decide_retry(end_of(LinkCause::closed, Seconds(59)), history, 0.999);
  EXPECT_GT(early.delay, Seconds(20));
  const NextTry good = decide_retry(end_of(LinkCause::closed, Seconds(60)), history, 0.999);
  EXPECT_LE(good.delay, Seconds(2));
}

TEST(LinkRules, IsSlowAndLoudWhereAPersonIsNeeded) {
  for (const LinkCause cause : {LinkCause::refused, LinkCause::wrong_server, LinkCause::version_mismatch}) {
    for (const double unit : {0.0, 0.5, 0.999}) {
      const NextTry next = decide_retry(end_of(cause), {.failures = 20}, unit);
      EXPECT_GE(next.delay, Seconds(60));
      EXPECT_LE(next.delay, Seconds(330));
      EXPECT_EQ(next.loudness, Loudness::error);
      EXPECT_FALSE(next.gives_up) << "never silently gone";
    }
  }
  EXPECT_NEAR(static_cast<double>(decide_retry(end_of(LinkCause::version_mismatch), {}, 0.5).delay.count()),
              300'000, 1000);
}

TEST(LinkRules, TriesSeldomWhenAnotherAgentKeepsTakingTheLink) {
  LinkHistory history;
  for (std::uint32_t i = 1; i < kMostReplacements; ++i) {
    const NextTry next = decide_retry(end_of(LinkCause::replaced, Seconds(3)), history, 0.5);
    EXPECT_EQ(next.loudness, Loudness::warning);
    history = next.history;
  }
  EXPECT_EQ(decide_retry(end_of(LinkCause::replaced, Seconds(60)), history, 0.5).loudness, Loudness::warning)
      << "a good minute between: a restart, not a twin";
  for (int i = 0; i < 100; ++i) {
    const NextTry next = decide_retry(end_of(LinkCause::replaced, Seconds(3)), history, 0.5);
    EXPECT_FALSE(next.gives_up) << "never silently gone";
    EXPECT_EQ(next.loudness, Loudness::error);
    EXPECT_GE(next.delay, kSlowRetry.least / 2);
    history = next.history;
  }
}

TEST(LinkRules, TakesOnlyIntervalsThatAreAllowed) {
  EXPECT_EQ(decide_interval({5'000}), Seconds(5));
  EXPECT_EQ(decide_interval({1'000}), Seconds(1));
  EXPECT_EQ(decide_interval({60'000}), Seconds(60));
  for (const std::uint32_t wrong : {0U, 1U, 999U, 60'001U, 4'294'967'295U})
    EXPECT_FALSE(decide_interval({wrong}));
}

struct AlarmFixture : io::SimFixture {
  ~AlarmFixture() { loop.run(tasks.stop()); }
  AlarmFixture() = default;
  AlarmFixture(const AlarmFixture&) = delete;
  AlarmFixture& operator=(const AlarmFixture&) = delete;
  std::vector<Nanos> rang;
  const MonoTime began = loop.now();
  Nanos again{0};
  Alarm alarm{clock, tasks, [this] {
                rang.push_back(loop.now() - began);
                if (again > Nanos(0)) alarm.set(loop.now() + again);
              }};
  io::TaskScope tasks{loop, log};
};

TEST(Alarm, RingsOnceAtTheLastMomentThatWasSet) {
  AlarmFixture fixture;
  fixture.alarm.set(fixture.began + Seconds(10));
  fixture.alarm.set(fixture.began + Seconds(20));
  fixture.loop.run_for(Seconds(15));
  EXPECT_TRUE(fixture.rang.empty());
  fixture.alarm.set(fixture.began + Seconds(17));
  fixture.loop.run_for(Seconds(60));
  EXPECT_EQ(fixture.rang, std::vector<Nanos>{Seconds(17)});
  EXPECT_EQ(fixture.tasks.size(), 0U);
}

TEST(Alarm, CanBeSetFromItsCallbackAndCleared) {
  AlarmFixture fixture;
  fixture.again = Seconds(5);
  fixture.alarm.set(fixture.began + Seconds(5));
  fixture.loop.run_for(Seconds(21));
  EXPECT_EQ(fixture.rang, (std::vector<Nanos>{Seconds(5), Seconds(10), Seconds(15), Seconds(20)}));
  fixture.alarm.clear();
  fixture.loop.run_for(Seconds(60));
  EXPECT_EQ(fixture.rang.size(), 4U);
}

TEST(Alarm, NeverPilesUpSleepers) {
  AlarmFixture fixture;
  for (int i = 0; i < 1000; ++i) fixture.alarm.set(fixture.began + Seconds(60) - Millis(i));
  for (int i = 0; i < 1000; ++i) fixture.alarm.set(fixture.began + Seconds(i % 2 == 0 ? 60 : 1));
  EXPECT_LE(fixture.tasks.size(), 4U);
  fixture.alarm.set(fixture.began + Seconds(90));
  fixture.loop.run_for(Seconds(120));
  EXPECT_EQ(fixture.rang, std::vector<Nanos>{Seconds(90)});
}

}  // namespace
}  // namespace fettle::agent
