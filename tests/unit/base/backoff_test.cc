#include "fettle/base/backoff.h"

#include <gtest/gtest.h>

namespace fettle {
namespace {

TEST(Backoff, StaysInItsRange) {
  for (std::uint32_t attempt : {0U, 1U, 2U, 3U, 4U, 5U, 63U, 64U, 4'000'000'000U}) {
    for (const double unit : {0.0, 0.25, 0.5, 0.999999999}) {
      const Millis delay = backoff_delay(attempt, unit);
      EXPECT_GE(delay, Seconds(1));
      EXPECT_LE(delay, Seconds(30));
    }
  }
}

TEST(Backoff, GrowsWithTheAttempts) {
  EXPECT_EQ(backoff_delay(0, 0.5), Millis(1'500));
  EXPECT_EQ(backoff_delay(1, 0.5), Millis(2'500));
  EXPECT_EQ(backoff_delay(4, 0.5), Millis(15'500));
  EXPECT_EQ(backoff_delay(40, 0.5), Millis(15'500));
  EXPECT_EQ(backoff_delay(40, 0.0), Millis(1'000));
}

TEST(Backoff, TakesAnotherRange) {
  const BackoffRange range{Millis(100), Millis(150)};
  EXPECT_EQ(backoff_delay(0, 0.0, range), Millis(100));
  EXPECT_LE(backoff_delay(9, 0.9999, range), Millis(150));
}

}  // namespace
}  // namespace fettle
