#include "fettle/metrics/rate_rules.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "fettle/wire/messages.h"

namespace fettle::metrics {
namespace {

Interval seconds(std::int64_t count) {
  return {.elapsed_ms = count * 1000, .is_gap = false};
}

TEST(RateRules, DividesTheIncreaseByTheElapsedTime) {
  EXPECT_DOUBLE_EQ(counter_rate(100, 600, seconds(5)), 100);
  EXPECT_DOUBLE_EQ(counter_rate(100, 100, seconds(5)), 0);
  EXPECT_DOUBLE_EQ(counter_rate(0, std::numeric_limits<std::int64_t>::max(), seconds(1)), 0x1p63);
}

TEST(RateRules, GivesNoneForWhatCannotBeCompared) {
  EXPECT_TRUE(std::isnan(counter_rate(600, 100, seconds(5))));  // started again
  EXPECT_TRUE(std::isnan(counter_rate(wire::kAbsent, 100, seconds(5))));
  EXPECT_TRUE(std::isnan(counter_rate(100, wire::kAbsent, seconds(5))));
  EXPECT_TRUE(std::isnan(counter_rate(100, -5, seconds(5))));
  EXPECT_TRUE(std::isnan(counter_rate(100, 200, {})));
  EXPECT_TRUE(std::isnan(counter_rate(100, 200, {.elapsed_ms = 5000, .is_gap = true})));
}

TEST(RateRules, RecognisesAWrapAtThirtyTwoBits) {
  constexpr std::int64_t kTop = 0xFFFFFFFF;
  EXPECT_DOUBLE_EQ(counter_rate(kTop - 49, 50, seconds(5)), 20);
  // Faster than a gigabit link, or from the middle: it started again.
  EXPECT_TRUE(std::isnan(counter_rate(0xC0000000, 0x3FFFFFFF, seconds(5))));
  EXPECT_TRUE(std::isnan(counter_rate(0x80000000, 5, seconds(5))));
  EXPECT_TRUE(std::isnan(counter_rate(kTop + 2, 5, seconds(5))));
}

TEST(RateRules, ComparesOnlyWithinOneBootAndForward) {
  EXPECT_EQ(decide_interval({"a", 1000}, {"a", 6000}, 5000).elapsed_ms, 5000);
  EXPECT_EQ(decide_interval({"a", 1000}, {"b", 6000}, 5000).elapsed_ms, 0);
  EXPECT_EQ(decide_interval({"a", 6000}, {"a", 1000}, 5000).elapsed_ms, 0);
  EXPECT_EQ(decide_interval({"a", 1000}, {"a", 1000}, 5000).elapsed_ms, 0);
  EXPECT_EQ(decide_interval({"a", 1000}, {"a", 1000 + kMinElapsedMs}, 5000).elapsed_ms, kMinElapsedMs);
  const auto least = std::numeric_limits<std::int64_t>::min();
  EXPECT_EQ(decide_interval({"a", least}, {"a", 5}, 5000).elapsed_ms, 0);
}

TEST(RateRules, CallsMoreThanThreeIntervalsAGapButNeverFifteenSeconds) {
  const auto is_gap = [](std::int64_t elapsed, std::int64_t before) {
    return decide_interval({"a", 0}, {"a", elapsed}, before).is_gap;
  };
  EXPECT_FALSE(is_gap(30'000, 10'000));
  EXPECT_TRUE(is_gap(30'001, 10'000));
  EXPECT_FALSE(is_gap(15'000, 1'000));
  EXPECT_TRUE(is_gap(15'001, 1'000));
  EXPECT_FALSE(is_gap(180'000, 0));  // nothing known yet: the longest interval
  EXPECT_TRUE(is_gap(180'001, 0));
  EXPECT_TRUE(is_gap(180'001, 600'000));  // a gap before does not excuse the next
}

// A machine whose true rate is known lives through everything; whatever is said about it lies within the
// truth.
TEST(RateRules, NeverSaysMoreThanTheTruthThroughRebootsWrapsGapsAndDisorder) {
  std::mt19937_64 random(42);
  constexpr double kMaxRate = 1e6;
  std::size_t said = 0;
  std::size_t wrapped = 0;
  for (int life = 0; life < 2'000; ++life) {
    const bool is_narrow = random() % 2 == 0;
    const std::uint64_t mask = is_narrow ? 0xFFFFFFFF : ~std::uint64_t{0} >> 1;
    std::uint64_t counter = is_narrow ? 0xFFFFFFFF - random() % 50'000'000 : random() % 1'000'000;
    int boot = 1;
    std::int64_t now = 0;
    struct Row {
      std::string boot;
      std::int64_t at, raw;
    };
    std::vector<Row> rows;
    for (int i = 0; i < 60; ++i) {
      std::int64_t elapsed = 1'000 + static_cast<std::int64_t>(random() % 9'000);
      if (random() % 20 == 0) elapsed *= 30;
      now += elapsed;
      const double rate = static_cast<double>(random() % 1'000'001);
      counter = (counter + static_cast<std::uint64_t>(rate * static_cast<double>(elapsed) / 1000)) & mask;
      if (random() % 15 == 0) {
        ++boot;
        counter = random() % 10'000'000;
        now = static_cast<std::int64_t>(random() % 20'000);
      }
      rows.push_back({std::to_string(boot), now, static_cast<std::int64_t>(counter)});
      if (random() % 20 == 0 && rows.size() > 1) std::swap(rows[rows.size() - 1], rows[rows.size() - 2]);
    }
    std::int64_t elapsed_before = 0;
    for (std::size_t i = 1; i < rows.size(); ++i) {
      const Interval interval =
          decide_interval({rows[i - 1].boot, rows[i - 1].at}, {rows[i].boot, rows[i].at}, elapsed_before);
      elapsed_before = interval.elapsed_ms;
      const double rate = counter_rate(rows[i - 1].raw, rows[i].raw, interval);
      if (std::isnan(rate)) continue;
      ++said;
      if (rows[i].raw < rows[i - 1].raw) ++wrapped;
      ASSERT_GE(rate, 0);
      ASSERT_LE(rate, kMaxRate + 5);  // increases were cut to whole numbers
    }
  }
  EXPECT_GT(said, 50'000U);
  EXPECT_GT(wrapped, 100U);
}

}  // namespace
}  // namespace fettle::metrics
