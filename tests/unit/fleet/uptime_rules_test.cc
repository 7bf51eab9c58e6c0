#include "fettle/fleet/uptime_rules.h"

#include <gtest/gtest.h>

#include <random>

namespace fettle::fleet {
namespace {

WallTime at(std::int64_t minutes) {
  return WallTime(std::chrono::minutes(minutes));
}
Millis minutes(std::int64_t count) {
  return std::chrono::minutes(count);
}

TEST(UptimeRules, SpansFollowTheChangesAndTheFirstStateComesFromBefore) {
  const auto spans = decide_spans({{at(-50), SpanState::online, ""},
                                   {at(10), SpanState::offline, "silent"},
                                   {at(20), SpanState::online, ""}},
                                  {{at(-100), at(100)}}, at(0), at(60));
  EXPECT_EQ(spans, (std::vector<StateSpan>{{at(0), at(10), SpanState::online, ""},
                                           {at(10), at(20), SpanState::offline, "silent"},
                                           {at(20), at(60), SpanState::online, ""}}));
  EXPECT_NEAR(*decide_uptime(spans, at(0), at(60)).percent(), 100 * 50.0 / 60, 1e-9);
  EXPECT_NEAR(*decide_uptime(spans, at(10), at(30)).percent(), 50, 1e-9);
}

TEST(UptimeRules, WhileTheServerWasDownNothingIsKnownAndNothingCounts) {
  const auto spans =
      decide_spans({{at(-50), SpanState::online, ""}}, {{at(-100), at(10)}, {at(30), at(60)}}, at(0), at(60));
  EXPECT_EQ(spans, (std::vector<StateSpan>{{at(0), at(10), SpanState::online, ""},
                                           {at(10), at(30), SpanState::unknown, ""},
                                           {at(30), at(60), SpanState::online, ""}}));
  const Uptime sum = decide_uptime(spans, at(0), at(60));
  EXPECT_EQ(sum.unknown, minutes(20));
  EXPECT_EQ(sum.percent(), 100);
}

TEST(UptimeRules, AHostThatWasLostMeanwhileIsOfflineFromTheStartOn) {
  const auto spans = decide_spans({{at(-50), SpanState::online, ""}, {at(30), SpanState::offline, "silent"}},
                                  {{at(-100), at(10)}, {at(30), at(60)}}, at(0), at(60));
  EXPECT_NEAR(*decide_uptime(spans, at(0), at(60)).percent(), 25, 1e-9);
}

TEST(UptimeRules, BeforeAnythingIsKnownThereIsNoPercentage) {
  EXPECT_FALSE(decide_uptime(decide_spans({}, {}, at(0), at(60)), at(0), at(60)).percent());
  const auto waiting = decide_spans({{at(10), SpanState::waiting, ""}}, {{at(0), at(60)}}, at(0), at(60));
  EXPECT_EQ(waiting.size(), 2U);
  EXPECT_FALSE(decide_uptime(waiting, at(0), at(60)).percent());
  EXPECT_TRUE(decide_spans({}, {}, at(5), at(5)).empty());
}

TEST(UptimeRules, SpansAlwaysFillTheRangeWithoutGapsAndAgreeWithEachMinute) {
  for (unsigned seed = 0; seed < 500; ++seed) {
    std::mt19937 random(seed);
    const auto minutes_below = [&random](std::int64_t most) {
      return std::uniform_int_distribution<std::int64_t>(0, most - 1)(random);
    };
    std::vector<StateChangeAt> changes;
    std::vector<ServerLife> lives;
    for (std::int64_t time = -30; time < 130; time += minutes_below(20))
      changes.push_back({at(time), static_cast<SpanState>(random() % 3), ""});
    for (std::int64_t time = -30; time < 130;) {
      const std::int64_t from = time + minutes_below(20), to = from + minutes_below(30);
      lives.push_back({at(from), at(to)});
      time = to;
    }
    const auto spans = decide_spans(changes, lives, at(0), at(100));
    ASSERT_FALSE(spans.empty());
    ASSERT_EQ(spans.front().from, at(0));
    ASSERT_EQ(spans.back().to, at(100));
    for (std::size_t i = 1; i < spans.size(); ++i) {
      ASSERT_EQ(spans[i].from, spans[i - 1].to);
      ASSERT_NE(spans[i].state, spans[i - 1].state);
    }
    for (std::int64_t minute = 0; minute < 100; ++minute) {
      SpanState wanted = SpanState::unknown;
      for (const StateChangeAt& change : changes)
        if (change.at <= at(minute)) wanted = change.state;
      bool is_alive = false;
      for (const ServerLife& life : lives)
        is_alive = is_alive || (life.from <= at(minute) && at(minute) < life.to);
      if (!is_alive) wanted = SpanState::unknown;
      for (const StateSpan& span : spans)
        if (span.from <= at(minute) && at(minute) < span.to)
          ASSERT_EQ(span.state, wanted) << seed << " " << minute;
    }
  }
}

}  // namespace
}  // namespace fettle::fleet
