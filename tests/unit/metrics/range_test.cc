#include "fettle/metrics/range.h"

#include <gtest/gtest.h>

#include <random>

namespace fettle::metrics {
namespace {

TEST(Buckets, CoverTheRangeAlignedAndNeverBeyondTheLimit) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 100'000; ++i) {
    const auto from = static_cast<std::int64_t>(random() % 2'000'000'000'000);
    const auto span = static_cast<std::int64_t>(1 + (random() >> (24 + random() % 40)));
    const auto points = static_cast<std::uint32_t>(1 + random() % kMaxPoints);
    const Buckets buckets = choose_buckets(from, from + span, points);
    ASSERT_EQ(buckets.start_ms % buckets.step_ms, 0);
    ASSERT_LE(buckets.start_ms, from);
    ASSERT_GT(buckets.start_ms + buckets.step_ms, from);
    const std::int64_t end = buckets.start_ms + static_cast<std::int64_t>(buckets.count) * buckets.step_ms;
    ASSERT_GE(end, from + span);
    ASSERT_LT(end - buckets.step_ms, from + span);
    ASSERT_LE(buckets.count, std::size_t{points} + 1);
    ASSERT_LE(buckets.count, kMaxPoints);
  }
}

TEST(Buckets, HaveRoundSteps) {
  constexpr std::int64_t kStart = 1'800'000'000'000;
  EXPECT_EQ(choose_buckets(kStart, kStart + 3'600'000, 600).step_ms, 6'000);
  EXPECT_EQ(choose_buckets(kStart, kStart + 3'600'000, 720).step_ms, 5'000);
  EXPECT_EQ(choose_buckets(kStart, kStart + 300'000, 600).step_ms, 500);
  EXPECT_EQ(choose_buckets(kStart, kStart + 86'400'000, 500).step_ms, 180'000);
  EXPECT_EQ(choose_buckets(kStart, kStart + 1, 600).step_ms, 1);
  EXPECT_EQ(choose_buckets(kStart, kStart + 400LL * 86'400'000, 100).step_ms, 4LL * 86'400'000);
}

}  // namespace
}  // namespace fettle::metrics
