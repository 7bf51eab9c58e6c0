#include "fettle/fleet/range_answer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "fettle/base/json_value.h"

namespace fettle::fleet {
namespace {

metrics::RangeAnswer small_answer() {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  metrics::RangeAnswer answer;
  answer.from_ms = 1'000;
  answer.to_ms = 3'000;
  answer.step_ms = 1'000;
  answer.tier = "ring";
  answer.times_ms = {1'000, 2'000};
  answer.series = {
      {{"mount.used{/a \"b\"}", "mount.used", "/a \"b\"", wire::SeriesKind::gauge, metrics::Unit::bytes},
       {1.23456789, kNone},
       {1, kNone},
       {2'000'000'000, kNone}}};
  return answer;
}

TEST(RangeAnswer, JsonIsReadableAndMarksGaps) {
  const std::string json = range_to_json(small_answer(), "host_x");
  EXPECT_TRUE(parse_json(json));
  EXPECT_NE(json.find("\"mean\":[1.23457,null]"), std::string::npos) << json;
  EXPECT_NE(json.find("\"label\":\"/a \\\"b\\\"\""), std::string::npos) << json;
  EXPECT_NE(json.find("\"times\":[1000,2000]"), std::string::npos) << json;
}

TEST(RangeAnswer, CsvQuotesNamesAndLeavesGapsEmpty) {
  EXPECT_EQ(range_to_csv(small_answer()),
            "time,\"mount.used{/a \"\"b\"\"} mean\",\"mount.used{/a \"\"b\"\"} min\",\"mount.used{/a "
            "\"\"b\"\"} max\"\r\n"
            "1970-01-01T00:00:01.000Z,1.23457,1,2e9\r\n"
            "1970-01-01T00:00:02.000Z,,,\r\n");
}

TEST(RangeAnswer, LargeValuesAreRoundedToWholeNumbers) {
  metrics::RangeAnswer answer = small_answer();
  answer.series[0].mean[0] = 25'276'512'345;
  EXPECT_NE(range_to_json(answer, "host_x").find("\"mean\":[252765e5,null]"), std::string::npos)
      << range_to_json(answer, "host_x");
}

TEST(RangeAnswer, GivesOnlyTheValuesThatAreWanted) {
  const auto wanted = WantedValues::parse("max,mean");
  ASSERT_TRUE(wanted);
  EXPECT_EQ(range_to_csv(small_answer(), *wanted),
            "time,\"mount.used{/a \"\"b\"\"} mean\",\"mount.used{/a \"\"b\"\"} max\"\r\n"
            "1970-01-01T00:00:01.000Z,1.23457,2e9\r\n"
            "1970-01-01T00:00:02.000Z,,\r\n");
  const std::string json = range_to_json(small_answer(), "host_x", *wanted);
  EXPECT_TRUE(parse_json(json));
  EXPECT_NE(json.find("\"mean\":[1.23457,null],\"min\":[],\"max\":[2e9,null]"), std::string::npos) << json;
  for (const char* bad : {"", ",", "mean,", "median", "mean,,max", " mean"})
    EXPECT_FALSE(WantedValues::parse(bad)) << bad;
}

TEST(RangeAnswer, AnEmptyAnswerIsStillAnAnswer) {
  EXPECT_TRUE(parse_json(range_to_json({}, "host_x")));
  EXPECT_EQ(range_to_csv({}), "time\r\n");
}

}  // namespace
}  // namespace fettle::fleet
