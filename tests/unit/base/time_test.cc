#include "fettle/base/time.h"

#include <gtest/gtest.h>

#include <random>

namespace fettle {
namespace {

TEST(Time, WritesMilliseconds) {
  EXPECT_EQ(format_time(WallTime()), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(format_time(WallTime(Micros(1'999))), "1970-01-01T00:00:00.001Z");
  EXPECT_EQ(format_time(WallTime(Micros(-1))), "1969-12-31T23:59:59.999Z");
}

TEST(Time, ReadsOffsetsAndFractions) {
  EXPECT_EQ(parse_time("2026-11-22T09:10:04.123456789+02:30"), parse_time("2026-11-22T06:40:04.123456Z"));
  EXPECT_EQ(parse_time("2026-11-22t06:40:04z"), parse_time("2026-11-21T23:40:04-07:00"));
  EXPECT_EQ(parse_time("2024-02-29T00:00:00Z").value() - parse_time("2024-02-28T00:00:00Z").value(),
            std::chrono::hours(24));
}

TEST(Time, RefusesEverythingElse) {
  for (const std::string_view bad :
       {"", "2026-11-22", "2026-11-22T09:10:04", "2026-13-22T09:10:04Z", "2026-02-29T09:10:04Z",
        "2026-11-22T24:00:00Z", "2026-11-22T09:60:00Z", "2026-11-22T09:10:60Z", "2026-11-22 09:10:04Z",
        "2026-11-22T09:10:04.Z", "2026-11-22T09:10:04.1234567890Z", "2026-11-22T09:10:04+02",
        "2026-11-22T09:10:04+24:00", "2026-11-22T09:10:04+0200", "2026-11-22T09:10:04Zx",
        "+026-11-22T09:10:04Z", "2026-1a-22T09:10:04Z"}) {
    EXPECT_FALSE(parse_time(bad)) << bad;
  }
}

TEST(Time, SurvivesTheRoundTrip) {
  std::mt19937_64 random(9);
  for (int i = 0; i < 20'000; ++i) {
    const auto ms = static_cast<std::int64_t>(random() % 253'402'300'800'000);  // up to the year 9999
    const WallTime time = wall_from_unix_ms(ms);
    ASSERT_EQ(parse_time(format_time(time)), time) << ms;
    ASSERT_EQ(unix_ms(time), ms);
  }
}

}  // namespace
}  // namespace fettle
