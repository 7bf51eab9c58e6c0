#include "fettle/base/zone.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <sstream>

#include "tests/support/zone_files.h"

namespace fettle {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

constexpr LocalTime local(int year, unsigned month, unsigned day, int hour, int minute) {
  return LocalTime(std::chrono::local_days(std::chrono::year(year) / std::chrono::month(month) /
                                           std::chrono::day(day))) +
         std::chrono::hours(hour) + std::chrono::minutes(minute);
}
constexpr Instant utc(int year, unsigned month, unsigned day, int hour, int minute, int second = 0) {
  return Instant(local(year, month, day, hour, minute).time_since_epoch()) + Seconds(second);
}

/// A line of `zdump -v`: an instant and what clocks show then.
struct Shown {
  std::string zone;
  Instant at;
  LocalTime local_time;
  std::string abbreviation;
  bool is_dst = false;
  Seconds offset{0};
};

std::optional<Shown> parse_shown(const std::string& line) {
  // Europe/Berlin  Sun Mar 29 00:59:59 2020 UT = Sun Mar 29 01:59:59 2020 CET isdst=0 gmtoff=3600
  std::istringstream in(line);
  Shown out;
  const auto stamp = [&in](Instant& into) {
    std::string weekday, month, time;
    int day = 0, year = 0, hour = 0, minute = 0, second = 0;
    if (!(in >> weekday >> month >> day >> time >> year)) return false;
    if (std::sscanf(time.c_str(), "%d:%d:%d", &hour, &minute, &second) != 3) return false;
    const auto at = std::string("JanFebMarAprMayJunJulAugSepOctNovDec").find(month);
    if (at == std::string::npos) return false;
    into = utc(year, static_cast<unsigned>(at / 3 + 1), static_cast<unsigned>(day), hour, minute, second);
    return true;
  };
  std::string ut, equals, dst, offset;
  Instant wall;
  if (!(in >> out.zone) || !stamp(out.at) || !(in >> ut >> equals) || !stamp(wall)) return std::nullopt;
  if (!(in >> out.abbreviation >> dst >> offset)) return std::nullopt;
  out.local_time = LocalTime(wall.time_since_epoch());
  out.is_dst = dst == "isdst=1";
  out.offset = Seconds(std::stoll(offset.substr(offset.find('=') + 1)));
  return out;
}

/// Every line of zdump, and that there is no change between two of them.
void compare_with_zdump(const std::string& folder, test::YearRange years, std::size_t every) {
  std::map<std::string, Zone> zones;
  std::string names;
  std::size_t number = 0;
  for (const std::string& name : test::zone_names(folder)) {
    if (number++ % every != 0) continue;
    auto parsed = Zone::parse(name, test::zone_bytes(folder + "/" + name));
    ASSERT_TRUE(parsed) << parsed.error().detail;
    names += " " + folder + "/" + name;
    zones.emplace(folder + "/" + name, std::move(*parsed));
  }
  ASSERT_GT(zones.size(), 300U / every);
  std::istringstream lines(test::output_of("zdump -v -c " + std::to_string(years.from) + "," +
                                           std::to_string(years.until) + names + " 2>/dev/null"));
  std::map<std::string, std::vector<Shown>> by_zone;
  std::size_t compared = 0;
  const Instant begin = utc(years.from, 1, 1, 0, 0);
  const Instant end = utc(years.until, 1, 1, 0, 0);
  for (std::string line; std::getline(lines, line);) {
    const auto shown = parse_shown(line);
    if (!shown || shown->at < begin || shown->at > end) continue;
    const Zone& zone = zones.at(shown->zone);
    ASSERT_EQ(zone.local(shown->at), shown->local_time) << line;
    ASSERT_EQ(zone.at(shown->at).abbreviation, shown->abbreviation) << line;
    ASSERT_EQ(zone.at(shown->at).is_dst, shown->is_dst) << line;
    ASSERT_EQ(zone.at(shown->at).utc_offset, shown->offset) << line;
    by_zone[shown->zone].push_back(*shown);
    ++compared;
  }
  EXPECT_GT(compared, 1'000U);
  for (const auto& [name, zone] : zones) {
    std::vector<Instant> wanted, found;
    const auto& all = by_zone[name];
    for (std::size_t i = 1; i < all.size(); ++i)
      if (all[i].offset != all[i - 1].offset) wanted.push_back(all[i].at);
    for (auto change = zone.next_change(begin); change && change->at < end;
         change = zone.next_change(change->at))
      found.push_back(change->at);
    ASSERT_EQ(found, wanted) << name;
  }
}

TEST(Zone, AgreesWithZdumpInEveryZone) {
  compare_with_zdump(test::kZoneFolder, test::zone_years(), 1);
}

/// Files without a list of later transitions, where the rule of the footer has to tell them.
TEST(Zone, AgreesWithZdumpWhereOnlyTheRuleSpeaks) {
  const std::string folder = testing::TempDir() + "slim_zones";
  ASSERT_EQ(test::output_of("zic -b slim -d " + folder + " " + test::kZoneFolder + "/tzdata.zi 2>&1"), "");
  // From after the last listed transitions on: before, zdump follows the rule a little too early.
  compare_with_zdump(folder, {2026, 2040}, test::is_long_zone_test() ? 1 : 4);
  if (!testing::Test::HasFailure()) std::filesystem::remove_all(folder);
}

TEST(Zone, AgreesWithZdumpFarAhead) {
  // Beyond what the reader writes out.
  const Zone berlin = test::zone_of("Europe/Berlin");
  const Zone sydney = test::zone_of("Australia/Sydney");
  for (int year = 2095; year < 2130; ++year) {
    EXPECT_EQ(berlin.at(utc(year, 7, 1, 0, 0)).abbreviation, "CEST") << year;
    EXPECT_EQ(berlin.at(utc(year, 12, 31, 23, 59)).abbreviation, "CET") << year;
    EXPECT_EQ(sydney.at(utc(year, 1, 1, 0, 0)).abbreviation, "AEDT") << year;
    EXPECT_EQ(sydney.at(utc(year, 7, 1, 0, 0)).abbreviation, "AEST") << year;
    const auto change = berlin.next_change(utc(year, 1, 1, 0, 0));
    ASSERT_TRUE(change);
    EXPECT_EQ(std::chrono::year_month_day(std::chrono::floor<days>(change->at)).month(), std::chrono::March);
  }
}

TEST(Zone, TellsGapsAndRepeats) {
  const Zone york = test::zone_of("America/New_York");
  using Kind = LocalInstants::Kind;
  const auto gap = york.instants(local(2026, 3, 8, 2, 30));
  EXPECT_EQ(gap.kind, Kind::gap);
  EXPECT_EQ(gap.first, utc(2026, 3, 8, 7, 0));
  const auto repeat = york.instants(local(2026, 11, 1, 1, 30));
  EXPECT_EQ(repeat.kind, Kind::repeat);
  EXPECT_EQ(repeat.first, utc(2026, 11, 1, 5, 30));
  EXPECT_EQ(repeat.last, utc(2026, 11, 1, 6, 30));
  EXPECT_EQ(york.instants(local(2026, 11, 1, 2, 0)).kind, Kind::once);
  EXPECT_EQ(york.instants(local(2026, 11, 1, 1, 0)).kind, Kind::repeat);
  EXPECT_EQ(york.instants(local(2026, 3, 8, 3, 0)).first, utc(2026, 3, 8, 7, 0));
  // A whole day that never was.
  const Zone apia = test::zone_of("Pacific/Apia");
  EXPECT_EQ(apia.instants(local(2011, 12, 30, 12, 0)).kind, Kind::gap);
  EXPECT_EQ(apia.instants(local(2011, 12, 30, 12, 0)).first, utc(2011, 12, 30, 10, 0));
  // Half an hour.
  EXPECT_EQ(test::zone_of("Australia/Lord_Howe").instants(local(2026, 4, 5, 1, 45)).kind, Kind::repeat);
}

/// Whatever the zone: what an instant shows leads back to it, and a time that is not shown to none.
TEST(Zone, LeadsBackFromLocalTimesInEveryZone) {
  std::mt19937_64 random(11);
  for (const std::string& name : test::zone_names()) {
    const Zone zone = test::zone_of(name);
    Instant at = utc(2000, 1, 1, 0, 0);
    for (int i = 0; i < 40; ++i) {
      const auto change = zone.next_change(at);
      if (!change) break;
      for (int j = 0; j < 10; ++j) {
        const Instant near =
            change->at + Seconds(static_cast<std::int64_t>(random() % 200'000)) - Seconds(100'000);
        const LocalTime shown = zone.local(near);
        const auto back = zone.instants(shown);
        ASSERT_TRUE(back.first == near || back.last == near) << name;
        ASSERT_EQ(zone.local(back.first), shown) << name;
        ASSERT_LE(zone.first_at_or_after(shown), near) << name;
        ASSERT_LE(zone.first_at_or_after(shown), zone.first_at_or_after(shown + Seconds(1))) << name;
      }
      at = change->at + days(20);
    }
  }
}

TEST(Zone, RefusesNamesThatWalk) {
  for (const std::string_view good :
       {"UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5", "EST5EDT"})
    EXPECT_TRUE(is_zone_name(good)) << good;
  for (const std::string_view bad : {"", "/etc/passwd", "../zone", "Europe/../x", "Europe//Berlin", "Europe/",
                                     "a.b", "Europe/Berlin\n", "a b", "C:\\x"})
    EXPECT_FALSE(is_zone_name(bad)) << bad;
  EXPECT_FALSE(is_zone_name(std::string(65, 'a')));
}

TEST(Zone, RefusesDamagedFiles) {
  const auto good = test::zone_bytes(test::kZoneFolder + "/Europe/Berlin");
  for (std::size_t size = 0; size < good.size(); ++size) {
    const auto parsed = Zone::parse("Europe/Berlin", std::span(good).first(size));
    ASSERT_FALSE(parsed) << size;
    ASSERT_EQ(parsed.error().reason, "bad_zone_file");
  }
  std::mt19937_64 random(3);
  for (int i = 0; i < 20'000; ++i) {  // whatever a flipped bit makes of it: refused, or of some use
    auto bytes = good;
    bytes[random() % bytes.size()] ^= static_cast<std::uint8_t>(1U << random() % 8);
    const auto parsed = Zone::parse("Europe/Berlin", bytes);
    if (parsed) static_cast<void>(parsed->first_at_or_after(local(2026, 3, 29, 2, 30)));
  }
  EXPECT_FALSE(Zone::parse("x", std::vector<std::uint8_t>(kMostZoneBytes + 1)));
  if (std::filesystem::exists(test::kZoneFolder + "/right/Europe/Berlin")) {
    EXPECT_FALSE(Zone::parse("x", test::zone_bytes(test::kZoneFolder + "/right/Europe/Berlin")));
  }
}

TEST(Zone, ReadsRulesOfAWholeYearAndAWeekBefore) {
  // America/Godthab's rule of 2024 on has negative hours; a summer that never ends is allowed by the format.
  const auto made = [](std::string footer) {
    std::vector<std::uint8_t> bytes;
    const auto header = [&](std::uint8_t types) {
      for (const char c : std::string("TZif2")) bytes.push_back(static_cast<std::uint8_t>(c));
      bytes.insert(bytes.end(), 15, 0);
      for (const std::uint8_t count : {std::uint8_t{0}, std::uint8_t{0}, std::uint8_t{0}, std::uint8_t{0},
                                       types, static_cast<std::uint8_t>(types * 4)}) {
        bytes.insert(bytes.end(), 3, 0);
        bytes.push_back(count);
      }
      if (types == 1) bytes.insert(bytes.end(), {0, 0, 0, 0, 0, 0, 'L', 'M', 'T', 0});
    };
    header(1);
    header(1);
    footer = "\n" + footer + "\n";
    bytes.insert(bytes.end(), footer.begin(), footer.end());
    return Zone::parse("made", bytes);
  };
  const auto always = made("XXX3EDT4,0/0,J365/23");
  ASSERT_TRUE(always) << always.error().detail;
  for (int day = 0; day < 1'500; ++day) {
    const Instant at = utc(2026, 1, 1, 0, 0) + days(day) + Seconds(day * 61);
    EXPECT_EQ(always->at(at).abbreviation, "EDT") << day;
  }
  const auto nuuk = made("<-02>2<-01>,M3.5.0/-1,M10.5.0/0");
  ASSERT_TRUE(nuuk) << nuuk.error().detail;
  EXPECT_EQ(nuuk->next_change(utc(2026, 1, 1, 0, 0))->at, utc(2026, 3, 29, 1, 0));
  for (const std::string bad : {"XX3", "XXX", "XXX3YYY", "XXX25", "XXX3YYY,M13.1.0,M1.1.0", "XXX3YYY,M1.1.0",
                                "XXX3YYY,J0,J1", "XXX3YYY,1/168,2", "<+03-3", "XXX3,", "XXX3YYY4,1,2,3"})
    EXPECT_FALSE(made(bad)) << bad;
}

}  // namespace
}  // namespace fettle
