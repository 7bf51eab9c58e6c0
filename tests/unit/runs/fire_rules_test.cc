#include "fettle/runs/fire_rules.h"

#include <gtest/gtest.h>

#include <random>
#include <sstream>

#include "fettle/runs/cron_rules.h"
#include "tests/support/zone_files.h"
#include "tests/unit/runs/cron_model.h"

namespace fettle::runs {
namespace {

using std::chrono::days;

constexpr Instant utc(int year, unsigned month, unsigned day, int hour = 0, int minute = 0, int second = 0) {
  return std::chrono::sys_days(std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day)) +
         std::chrono::hours(hour) + std::chrono::minutes(minute) + Seconds(second);
}

Timing timing(const std::string& text, std::uint64_t seed = 0) {
  auto parsed = parse_timing(text, seed);
  EXPECT_TRUE(parsed) << text << ": " << (parsed ? "" : parsed.error().detail);
  return parsed ? *parsed : Timing{Interval{Seconds(60), Seconds(0)}, {}};
}

std::vector<Instant> fires(const Timing& timing, const Zone& zone, Instant after, Instant until) {
  std::vector<Instant> out;
  for (auto fire = next_fire(timing, zone, after); fire && fire->at <= until;
       fire = next_fire(timing, zone, fire->at)) {
    EXPECT_GT(fire->at, out.empty() ? after : out.back());
    out.push_back(fire->at);
    if (out.size() > 100'000) break;
  }
  return out;
}

// The table of what happens when clocks change (America/New_York 2026: March 8, November 1).
TEST(FireRules, FollowTheTableOfClockChanges) {
  const Zone york = test::zone_of("America/New_York");
  // 02:30 daily over the gap: once, right after it.
  EXPECT_EQ(fires(timing("30 2 * * *"), york, utc(2026, 3, 7, 12), utc(2026, 3, 9, 12)),
            (std::vector{utc(2026, 3, 8, 7, 0), utc(2026, 3, 9, 6, 30)}));
  EXPECT_EQ(next_fire(timing("30 2 * * *"), york, utc(2026, 3, 7, 12))->note, FireNote::gap);
  // 01:30 daily over the repeat: the first only.
  EXPECT_EQ(fires(timing("30 1 * * *"), york, utc(2026, 10, 31, 12), utc(2026, 11, 2, 12)),
            (std::vector{utc(2026, 11, 1, 5, 30), utc(2026, 11, 2, 6, 30)}));
  EXPECT_EQ(next_fire(timing("30 1 * * *"), york, utc(2026, 10, 31, 12))->note, FireNote::repeated);
  // Asked between the two: it was due already.
  EXPECT_EQ(next_fire(timing("30 1 * * *"), york, utc(2026, 11, 1, 5, 45))->at, utc(2026, 11, 2, 6, 30));
  // Hourly at :30: every real hour.
  EXPECT_EQ(fires(timing("30 * * * *"), york, utc(2026, 11, 1, 4), utc(2026, 11, 1, 8)),
            (std::vector{utc(2026, 11, 1, 4, 30), utc(2026, 11, 1, 5, 30), utc(2026, 11, 1, 6, 30),
                         utc(2026, 11, 1, 7, 30)}));
  EXPECT_EQ(next_fire(timing("30 * * * *"), york, utc(2026, 11, 1, 6))->fold, 1);
  EXPECT_EQ(fires(timing("30 * * * *"), york, utc(2026, 3, 8, 6), utc(2026, 3, 8, 8)),
            (std::vector{utc(2026, 3, 8, 6, 30), utc(2026, 3, 8, 7, 30)}));
  // Every 15 minutes: as time passes.
  for (const Instant from : {utc(2026, 3, 8, 5), utc(2026, 11, 1, 4)}) {
    const auto all = fires(timing("*/15 * * * *"), york, from, from + std::chrono::hours(5));
    ASSERT_EQ(all.size(), 20U);
    for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i], from + std::chrono::minutes(15 * (i + 1)));
  }
  // Two times that one gap skips, and the one right behind it: together, once.
  EXPECT_EQ(fires(timing("0,30 2-3 * * *"), york, utc(2026, 3, 8, 6), utc(2026, 3, 8, 9)),
            (std::vector{utc(2026, 3, 8, 7, 0), utc(2026, 3, 8, 7, 30)}));
}

/// All zones, all their changes: what is computed is what looking at every minute gives, and as many.
TEST(FireRules, AgreeWithThePlainModelAroundEveryChange) {
  const auto years = test::zone_years();
  const bool is_long = test::is_long_zone_test();
  std::size_t changes = 0;
  std::mt19937_64 random(5);
  std::set<std::vector<std::uint8_t>> seen;  // many names are the same zone
  for (const std::string& name : test::zone_names()) {
    if (!seen.insert(test::zone_bytes(test::kZoneFolder + "/" + name)).second) continue;
    const Zone zone = test::zone_of(name);
    const std::size_t skip = is_long ? 0 : random() % 5;  // every fifth change is tried
    std::size_t number = 0;
    for (auto change = zone.next_change(utc(years.from, 1, 1)); change && change->at < utc(years.until, 1, 1);
         change = zone.next_change(change->at)) {
      if (!is_long && number++ % 5 != skip) continue;
      // Offsets with seconds are from before clocks were set by wireless; the model looks at whole minutes.
      if (change->before.count() % 60 != 0 || change->after.count() % 60 != 0) continue;
      ++changes;
      const Instant begin = std::chrono::floor<std::chrono::minutes>(change->at - days(1));
      const Instant end = begin + days(2) + std::chrono::hours(2);
      for (const test::ModelLine& line : test::model_lines()) {
        const Timing parsed = timing(line.text);
        const auto wanted = test::model_fires(line, zone, begin, end);
        ASSERT_EQ(fires(parsed, zone, begin, end), wanted)
            << name << " " << line.text << " " << begin.time_since_epoch().count();
        ASSERT_EQ(count_fires(parsed, zone, begin, end), static_cast<std::int64_t>(wanted.size()))
            << name << " " << line.text << " " << begin.time_since_epoch().count();
        // From in between, too: what was due is not due again.
        const Instant middle = begin + Seconds(static_cast<std::int64_t>(random() % 180'000));
        const auto later = std::ranges::upper_bound(wanted, middle);
        ASSERT_EQ(count_fires(parsed, zone, middle, end), wanted.end() - later) << name << " " << line.text;
        if (later != wanted.end())
          ASSERT_EQ(next_fire(parsed, zone, middle)->at, *later) << name << " " << line.text;
        constexpr std::size_t kLast = 7;
        const auto last = last_fires(parsed, zone, begin, end, kLast);
        ASSERT_EQ(last.size(), std::min(kLast, wanted.size()));
        for (std::size_t i = 0; i < last.size(); ++i)
          ASSERT_EQ(last[i].at, wanted[wanted.size() - last.size() + i]);
      }
    }
  }
  EXPECT_GT(changes, is_long ? 3'000U : 500U);
}

TEST(FireRules, CountsLongTimesAsItFiresThem) {
  const Zone berlin = test::zone_of("Europe/Berlin");
  for (const char* text : {"30 2 * * *", "*/7 * * * *", "0 4 L * *", "5 4 15W 1-6 *", "0 3 * * 1#2,5L",
                           "7 */5 * * 1-5", "every 7h", "0 0 29 2 *", "15 10 LW * *", "1 1 L-3 * *"}) {
    const Timing parsed = timing(text);
    const Instant from = utc(2025, 1, 17, 3, 4, 5);
    const Instant until = from + days(400);
    const auto all = fires(parsed, berlin, from, until);
    EXPECT_EQ(count_fires(parsed, berlin, from, until), static_cast<std::int64_t>(all.size())) << text;
    const auto last = last_fires(parsed, berlin, from, until, 1'000);
    ASSERT_EQ(last.size(), std::min<std::size_t>(all.size(), 1'000)) << text;
    for (std::size_t i = 0; i < last.size(); ++i)
      ASSERT_EQ(last[i].at, all[all.size() - last.size() + i]) << text;
  }
}

TEST(FireRules, KnowRareDays) {
  const Zone zone;
  EXPECT_EQ(next_fire(timing("0 0 29 2 *"), zone, utc(2096, 3, 1))->at, utc(2104, 2, 29));
  EXPECT_EQ(next_fire(timing("0 0 29 2 */7"), zone, utc(2032, 3, 1))->at, utc(2060, 2, 29));
  EXPECT_EQ(next_fire(timing("0 6 L * *"), zone, utc(2028, 2, 1))->at, utc(2028, 2, 29, 6));
  EXPECT_EQ(next_fire(timing("0 6 L-2 * *"), zone, utc(2026, 2, 1))->at, utc(2026, 2, 26, 6));
  EXPECT_EQ(next_fire(timing("0 6 1W * *"), zone, utc(2026, 7, 31))->at,
            utc(2026, 8, 3, 6));  // August 1: Saturday
  EXPECT_EQ(next_fire(timing("0 6 31W * *"), zone, utc(2026, 5, 1))->at,
            utc(2026, 5, 29, 6));  // May 31: Sunday
  EXPECT_EQ(next_fire(timing("0 6 * * 2#5"), zone, utc(2026, 1, 1))->at, utc(2026, 3, 31, 6));
  EXPECT_EQ(next_fire(timing("0 6 * * FRIL"), zone, utc(2026, 2, 1))->at, utc(2026, 2, 27, 6));
  EXPECT_EQ(next_fire(timing("every 1h30m offset 10m"), zone, utc(1970, 1, 1))->at, utc(1970, 1, 1, 0, 10));
  EXPECT_EQ(next_fire(timing("every 1h30m offset 10m"), zone, utc(1969, 12, 31, 23, 0))->at,
            utc(1970, 1, 1, 0, 10));
  EXPECT_EQ(next_fire(timing("every 1h30m +10m"), zone, utc(1970, 1, 1, 0, 10))->at, utc(1970, 1, 1, 1, 40));
}

/// A second opinion, where its known gaps (changes of clocks) do not matter.
TEST(FireRules, AgreeWithTheCalendarOfSystemd) {
  if (test::output_of("systemd-analyze calendar --help 2>/dev/null").empty())
    GTEST_SKIP() << "no systemd-analyze here";
  struct Pair {
    const char* line;
    const char* calendar;
  };
  for (const Pair& pair : {Pair{"30 2 * * *", "*-*-* 02:30:00"},
                           {"*/20 4-6 * * *", "*-*-* 04..06:00/20:00"},
                           {"5 0 1,15 * *", "*-*-01,15 00:05:00"},
                           {"0 9 * * MON-FRI", "Mon..Fri *-*-* 09:00:00"},
                           {"0 0 29 2 *", "*-02-29 00:00:00"},
                           {"45 23 31 * *", "*-*-31 23:45:00"}}) {
    for (const char* zone_name :
         {"UTC", "Europe/Berlin", "Asia/Kolkata", "America/St_Johns", "Pacific/Auckland"}) {
      const Zone zone = test::zone_of(zone_name);
      std::istringstream lines(
          test::output_of(std::string("TZ=UTC SYSTEMD_COLORS=0 systemd-analyze calendar --iterations=8 "
                                      "--base-time='2026-05-05 05:05:05 UTC' '") +
                          pair.calendar + " " + zone_name + "' 2>&1"));
      std::vector<Instant> theirs;
      for (std::string line; std::getline(lines, line);) {
        int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
        const auto at = line.find("(in UTC): ");
        const auto plain = line.find("20", line.find(": ") == std::string::npos ? 0 : line.find(": "));
        const bool is_fire =
            line.find("Next elapse: ") != std::string::npos || line.find("Iter. #") != std::string::npos;
        // In UTC the line with the time itself is the only one.
        if (at == std::string::npos && !(is_fire && line.ends_with("UTC"))) continue;
        const auto begin = line.find("20", at == std::string::npos ? plain : at);
        if (begin == std::string::npos || std::sscanf(line.c_str() + begin, "%d-%d-%d %d:%d:%d", &year,
                                                      &month, &day, &hour, &minute, &second) != 6)
          continue;
        theirs.push_back(
            utc(year, static_cast<unsigned>(month), static_cast<unsigned>(day), hour, minute, second));
      }
      ASSERT_EQ(theirs.size(), 8U) << pair.calendar << " " << zone_name;
      Instant after = utc(2026, 5, 5, 5, 5, 5);
      for (const Instant wanted : theirs) {
        const auto fire = next_fire(timing(pair.line), zone, after);
        ASSERT_EQ(fire->at, wanted) << pair.line << " " << zone_name;
        after = fire->at;
      }
    }
  }
}

}  // namespace
}  // namespace fettle::runs
