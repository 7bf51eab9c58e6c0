#include "fettle/metrics/sample_rules.h"

#include <gtest/gtest.h>

#include <limits>

namespace fettle::metrics {
namespace {

TEST(SampleRules, BelievesAClockUpToFiveMinutesAhead) {
  EXPECT_EQ(decide_sample_time(1'000'000, 999'000).at_ms, 1'000'000);
  EXPECT_EQ(decide_sample_time(1'300'000, 1'000'000).at_ms, 1'300'000);
  EXPECT_FALSE(decide_sample_time(1'300'000, 1'000'000).is_flagged);
  EXPECT_EQ(decide_sample_time(1'300'001, 1'000'000).at_ms, 1'000'000);
  EXPECT_TRUE(decide_sample_time(1'300'001, 1'000'000).is_flagged);
  EXPECT_EQ(decide_sample_time(5, 1'000'000'000).at_ms, 5);  // a replay may be as old as it likes
  EXPECT_EQ(decide_sample_time(-1, 1'000'000).at_ms, 1'000'000);
  EXPECT_EQ(decide_sample_time(std::numeric_limits<std::int64_t>::max(), -1).at_ms, 0);
  EXPECT_EQ(decide_sample_time(std::numeric_limits<std::int64_t>::min(), 7).at_ms, 7);
}

TEST(SampleRules, OrdersByBootClockThenPositionThenTime) {
  const auto newer = [](Newest newest, wire::Position position, std::int64_t at, std::int64_t monotonic) {
    return is_newer(newest, position, {.at_ms = at, .is_flagged = false}, monotonic);
  };
  const Newest here{.position = {2, 5}, .at_ms = 1000, .monotonic_ms = 500, .is_same_boot = true};
  EXPECT_TRUE(newer(here, {2, 6}, 200, 501));  // the wall clock was set back
  EXPECT_FALSE(newer(here, {2, 6}, 2000, 499));
  const Newest there{.position = {2, 5}, .at_ms = 1000, .monotonic_ms = 500, .is_same_boot = false};
  EXPECT_TRUE(newer(there, {3, 1}, 200, 1));
  EXPECT_FALSE(newer(there, {2, 4}, 2000, 900));
  EXPECT_TRUE(newer(there, {2, 5}, 1000, 1));
  EXPECT_FALSE(newer(there, {2, 5}, 999, 900));
}

TEST(SampleRules, TakesABootClockThatWentBackFarForAnotherBoot) {
  constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  Newest newest{.position = {2, 5}, .at_ms = 1000, .monotonic_ms = 100'000, .is_same_boot = true};
  EXPECT_FALSE(is_rewound(newest, {2, 6}, 40'000)) << "a minute: it may be late";
  EXPECT_TRUE(is_rewound(newest, {2, 6}, 39'999));
  EXPECT_TRUE(is_rewound(newest, {3, 1}, 0));
  EXPECT_FALSE(is_rewound(newest, {2, 4}, 0)) << "an older position is a replay";
  EXPECT_FALSE(is_rewound(newest, {2, 6}, 200'000));
  newest.is_same_boot = false;
  EXPECT_FALSE(is_rewound(newest, {2, 6}, 0));
  newest = {.position = {2, 5}, .at_ms = 1000, .monotonic_ms = kMost, .is_same_boot = true};
  EXPECT_TRUE(is_rewound(newest, {2, 6}, kLeast));
  newest.monotonic_ms = kLeast;
  EXPECT_FALSE(is_rewound(newest, {2, 6}, kMost));
}

}  // namespace
}  // namespace fettle::metrics
