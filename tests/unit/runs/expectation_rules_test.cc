// When what a host runs by itself is expected.
#include "fettle/runs/expectation_rules.h"

#include <gtest/gtest.h>

namespace fettle::runs {
namespace {

WallTime at(std::string_view text) {
  return *parse_time(text);
}

Run run_with(const std::string& expected) {
  Run run;
  run.target.kind = kCommandTarget;
  run.target.host = HostId(make_uuid7(1, {}));
  run.target.id = run.target.host->text() + "/backup/of /var";
  run.parameters = R"({"command":"x","expected":)" + expected + "}";
  return run;
}

std::string next(const std::string& timing, std::string_view began) {
  const auto parsed = parse_expected({timing, {}});
  EXPECT_TRUE(parsed) << parsed.error();
  const auto found = next_expected(*parsed, Zone(), at(began));
  return found ? format_time(*found) : "";
}

TEST(ExpectationRules, TimesComeWithTheRun) {
  const ExpectedTimes times{"30 2 * * *", "Europe/Berlin"};
  EXPECT_EQ(read_expected_times(expected_times_json(times)), times);
  EXPECT_EQ(expected_times(run_with(expected_times_json(times))), times);
  EXPECT_EQ(read_expected_times("@daily"), (ExpectedTimes{"@daily", {}})) << "the text alone";
  auto none = run_with("{}");
  none.parameters = R"({"command":"x"})";
  EXPECT_FALSE(expected_times(none));
  EXPECT_EQ(expectation_key(none)->name, "backup/of /var");
  none.target.kind = kHostTarget;
  EXPECT_FALSE(expectation_key(none));
}

TEST(ExpectationRules, AMistakeIsASentence) {
  for (const char* wrong : {"", "nonsense", "61 * * * *", "every 1s", "H 3 * * *", "30 2 30 2 *"}) {
    const auto parsed = parse_expected({wrong, {}});
    ASSERT_FALSE(parsed) << wrong;
    EXPECT_NE(parsed.error(), "");
  }
  EXPECT_FALSE(parse_expected({"@daily", "../../etc/passwd"}));
  EXPECT_EQ(expected_zone({"x", ""}, *parse_expected({"@daily", ""})), "UTC");
  EXPECT_EQ(expected_zone({"x", "Europe/Berlin"}, *parse_expected({"CRON_TZ=Asia/Tokyo 0 1 * * *", ""})),
            "Asia/Tokyo");
}

TEST(ExpectationRules, TheNextIsTheOneAfterTheRunThatWasMeant) {
  EXPECT_EQ(next("30 2 * * *", "2026-03-01T02:30:01Z"), format_time(at("2026-03-02T02:30:00Z")));
  EXPECT_EQ(next("30 2 * * *", "2026-03-01T02:29:59Z"), format_time(at("2026-03-02T02:30:00Z")))
      << "a little early";
  EXPECT_EQ(next("30 2 * * *", "2026-03-01T01:00:00Z"), format_time(at("2026-03-01T02:30:00Z")))
      << "by hand before";
  EXPECT_EQ(next("every 15m", "2026-03-01T00:07:03Z"), format_time(at("2026-03-01T00:22:03Z")))
      << "from its beginning";
}

}  // namespace
}  // namespace fettle::runs
