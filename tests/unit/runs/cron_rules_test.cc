#include "fettle/runs/cron_rules.h"

#include <gtest/gtest.h>

#include <set>

namespace fettle::runs {
namespace {

CronFields fields(const std::string& text, std::uint64_t seed = 1) {
  const auto parsed = parse_timing(text, seed);
  EXPECT_TRUE(parsed) << text << ": " << (parsed ? "" : parsed.error().detail);
  return parsed && std::holds_alternative<CronFields>(parsed->when) ? std::get<CronFields>(parsed->when)
                                                                    : CronFields{};
}

TEST(CronRules, ReadsNamesListsRangesSteps) {
  EXPECT_EQ(fields("0 0 * JAN,mar-May SUN"), fields("0 0 * 1,3-5 7"));
  EXPECT_EQ(fields("*/15 * * * *"), fields("*/15 * ? * ?"));
  EXPECT_EQ(fields("5/15 3 * * *").minutes, fields("5,20,35,50 3 * * *").minutes);
  EXPECT_EQ(fields("0 8-18/2 * * 1-5").hours, fields("0 8,10,12,14,16,18 * * MON-FRI").hours);
  EXPECT_EQ(fields("  0\t4   * * 5-7 ").weekdays, fields("0 4 * * 0,5,6").weekdays);
  EXPECT_EQ(fields("@Daily"), fields("0 0 * * *"));
  EXPECT_EQ(fields("@midnight"), fields("0 0 * * *"));
  EXPECT_EQ(fields("@weekly"), fields("0 0 * * 0"));
  EXPECT_EQ(fields("@monthly"), fields("0 0 1 * *"));
  EXPECT_EQ(fields("@annually"), fields("0 0 1 1 *"));
  EXPECT_EQ(fields("@hourly"), fields("0 * * * *"));
  EXPECT_TRUE(fields("@hourly").is_wildcard);
  EXPECT_TRUE(fields("*/5 3 * * *").is_wildcard);
  EXPECT_FALSE(fields("0-59 0-23 * * *").is_wildcard);
}

TEST(CronRules, ReadsIntervalsAndZones) {
  const auto interval = [](std::int64_t period, std::int64_t offset = 0) {
    return Timing{Interval{Seconds(period), Seconds(offset)}, std::nullopt};
  };
  EXPECT_EQ(parse_timing("every 15m", 0).value(), interval(900));
  EXPECT_EQ(parse_timing("every: 15m", 0).value(), interval(900));
  EXPECT_EQ(parse_timing("every:15m", 0).value(), interval(900));
  EXPECT_EQ(parse_timing("@every 1h30m", 0).value(), interval(5'400));
  EXPECT_EQ(parse_timing("Every 1d offset 2h", 0).value(), interval(86'400, 7'200));
  EXPECT_EQ(parse_timing("every 1w +30s", 0).value(), interval(604'800, 30));
  EXPECT_EQ(parse_timing("CRON_TZ=Asia/Tokyo 0 4 * * *", 0).value().zone, "Asia/Tokyo");
  EXPECT_EQ(parse_timing("TZ=UTC @daily", 0).value().zone, "UTC");
}

TEST(CronRules, ChoosesByTheScheduleAndStays) {
  std::set<std::uint64_t> minutes;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    EXPECT_EQ(fields("H H * * *", seed), fields("H H * * *", seed));
    const CronFields one = fields("H H(2-4) * * *", seed);
    EXPECT_EQ(one.per_day(), 1);
    EXPECT_NE(one.hours & 0b11100U, 0U);
    minutes.insert(one.minutes);
    EXPECT_EQ(std::popcount(fields("H/15 * * * *", seed).minutes), 4);
    EXPECT_NE(fields("10~20 5 * * *", seed).minutes & 0x1FFC00ULL, 0U);
    EXPECT_LE(fields("0 0 H * *", seed).days, 1U << 28);
    EXPECT_TRUE(fields("~ 5 * * *", seed).has_hash);
  }
  EXPECT_GT(minutes.size(), 40U);  // they spread
}

TEST(CronRules, SaysWhereAndWhatInstead) {
  struct Case {
    const char* text;
    const char* field;
    std::size_t column;
    const char* says;
  };
  for (const Case& one : {
           Case{"", "timing", 1, "no timing"},
           {"61 * * * *", "minute", 1, "61 is not allowed"},
           {"0 24 * * *", "hour", 3, "24 is not allowed"},
           {"0 0 0 * *", "day of month", 5, "0 is not allowed"},
           {"0 0 1 13 *", "month", 7, "13 is not allowed"},
           {"0 0 1 FOO *", "month", 7, "not understood"},
           {"0 0 1 JANUARY *", "month", 10, "three letters"},
           {"0 0 * * 8", "day of week", 9, "8 is not allowed"},
           {"0 0 * *", "day of week", 8, "is missing"},
           {"0 0 * * * *", "timing", 11, "more than five"},
           {"0 0,, * * *", "hour", 5, "missing"},
           {"0 22-2 * * *", "hour", 3, "ends before it begins"},
           {"*/0 * * * *", "minute", 3, "is no step"},
           {"*/90 * * * *", "minute", 3, "reaches over the end"},
           {"5- * * * *", "minute", 3, "missing"},
           {"5x * * * *", "minute", 2, "does not belong"},
           {"? * * * *", "minute", 1, "day fields"},
           {"0 0 30 2 *", "day of month", 5, "never fires"},
           {"0 0 31 4,6,9,11 *", "day of month", 5, "never fires"},
           {"@dialy", "timing", 1, "is not known"},
           {"@reboot", "timing", 1, "no time"},
           {"@daily 3", "timing", 8, "behind"},
           {"every", "interval", 6, "missing"},
           {"every 15", "interval", 9, "unit is missing"},
           {"every 15 m", "interval", 9, "unit is missing"},
           {"every 30s", "interval", 7, "from 1m to 366d"},
           {"every 0m", "interval", 7, "from 1m"},
           {"every 400d", "interval", 7, "to 366d"},
           {"every 99999999999999999999m", "interval", 7, "too large"},
           {"every 5m offset 5m", "interval", 17, "shorter"},
           {"every 5m past 1m", "interval", 10, "does not belong"},
           {"CRON_TZ=../x 0 0 * * *", "time zone", 9, "no name"},
           {"0 0 * * 1#6", "day of week", 11, "week of the month"},
           {"H(5 0 * * *", "minute", 4, "brackets"},
       }) {
    const auto parsed = parse_timing(one.text, 0);
    ASSERT_FALSE(parsed) << one.text;
    EXPECT_EQ(parsed.error().field, one.field) << one.text;
    EXPECT_EQ(parsed.error().column, one.column) << one.text;
    EXPECT_TRUE(parsed.error().detail.contains(one.says)) << one.text << ": " << parsed.error().detail;
  }
  EXPECT_TRUE(parse_timing("0 0 30 2 *", 0).error().never_fires);
  EXPECT_EQ(parse_timing("*/90 * * * *", 0).error().hint, "for a fixed interval write: every 90m");
  EXPECT_TRUE(parse_timing("0 22-2 * * *", 0).error().hint.contains("22-23,0-2"));
  EXPECT_FALSE(parse_timing(std::string(257, '*'), 0));
  EXPECT_FALSE(parse_timing(std::string("0 0 * * \0", 9), 0));
}

TEST(CronRules, TellsASentence) {
  const auto sentence = [](const std::string& text, const std::string& zone = "Europe/Berlin") {
    return timing_sentence(parse_timing(text, 0).value(), zone);
  };
  EXPECT_EQ(sentence("30 2 * * *"), "at 02:30 every day, Berlin time");
  EXPECT_EQ(sentence("@hourly", "UTC"), "every hour, on the hour, UTC");
  EXPECT_EQ(sentence("*/15 * * * *"), "every 15 minutes, Berlin time");
  EXPECT_EQ(sentence("* * * * *"), "every minute, Berlin time");
  EXPECT_EQ(sentence("0 9,17 * * 1-5"), "at 09:00 and 17:00 on working days (Monday to Friday), Berlin time");
  EXPECT_EQ(sentence("0 3 1,15 * *"), "at 03:00 on the 1st and 15th of the month, Berlin time");
  EXPECT_EQ(sentence("0 3 L 6-8 *"),
            "at 03:00 on the last day of the month from June to August, Berlin time");
  EXPECT_EQ(sentence("0 3 1 1 *"), "at 03:00 on 1 January, Berlin time");
  EXPECT_EQ(sentence("0 3 1,15 6 *"), "at 03:00 on 1 and 15 June, Berlin time");
  EXPECT_EQ(sentence("0 3 1 1,7 *"), "at 03:00 on 1 January and 1 July, Berlin time");
  EXPECT_EQ(sentence("0 3 1-7,22 * *"), "at 03:00 on the 1st to 7th and 22nd of the month, Berlin time");
  EXPECT_EQ(sentence("0 3 11W,3W 1,7 *"),
            "at 03:00 on the working day nearest to the 3rd and the working day nearest to the 11th of the "
            "month in "
            "January and July, Berlin time");
  EXPECT_EQ(sentence("0 3 1 1 MON"),
            "at 03:00 on the 1st of the month and also on Mondays in January, Berlin time");
  EXPECT_EQ(sentence("0 3 * * 1#1"), "at 03:00 on the first Monday of the month, Berlin time");
  EXPECT_EQ(sentence("0 3 13 * 5"), "at 03:00 on the 13th of the month and also on Fridays, Berlin time");
  EXPECT_EQ(
      sentence("0 3 */2 * 5"),
      "at 03:00 on the 1st, 3rd, 5th, 7th, 9th, 11th, 13th, 15th, 17th, 19th, 21st, 23rd, 25th, 27th, 29th "
      "and 31st of the month, when that is on Fridays, Berlin time");
  EXPECT_EQ(sentence("*/10 8-18 * * *"), "every 10 minutes of the hours 8 to 18, Berlin time");
  EXPECT_EQ(sentence("30 2 * * *", "America/Argentina/Buenos_Aires"),
            "at 02:30 every day, Buenos Aires time");
  EXPECT_EQ(sentence("every 15m"), "every 15 minutes, regardless of clock changes");
  EXPECT_EQ(sentence("every 1h"), "every hour, regardless of clock changes");
  EXPECT_EQ(sentence("every 1h30m offset 5m"),
            "every 90 minutes, offset by 5 minutes, regardless of clock changes");
}

}  // namespace
}  // namespace fettle::runs
