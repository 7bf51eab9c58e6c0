#include "fettle/fleet/watch_rules.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <sstream>

#include "fettle/fleet/threshold.h"

namespace fettle::fleet {
namespace {

metrics::Layout layout_of(std::vector<std::pair<std::string, std::string>> series) {
  metrics::Layout layout;
  for (auto& [metric, label] : series)
    layout.entries.push_back({metric, metric, label, wire::SeriesKind::gauge, metrics::Unit::count});
  return layout;
}

const Watch* find(const WatchPlan& plan, WatchKindId kind, std::string_view target = {}) {
  for (const Watch& watch : plan.watches)
    if (watch.kind == kind && plan.targets[watch.target] == target) return &watch;
  return nullptr;
}

TEST(WatchRules, WatchesWhatTheHostHasAndNothingElse) {
  EXPECT_TRUE(make_watch_plan(layout_of({}), 1).watches.empty());
  const auto plan =
      make_watch_plan(layout_of({{"load.5", ""}, {"net.rx_bytes", "eth0"}, {"unheard.of", ""}}), 4);
  ASSERT_EQ(plan.watches.size(), 1U);
  EXPECT_DOUBLE_EQ(watched_value(plan.watches[0], std::vector<double>{8, 0, 0}), 2);
}

TEST(WatchRules, CountsDisksAsDfDoes) {
  const auto plan = make_watch_plan(layout_of({{"mount.total", "/"},
                                               {"mount.used", "/"},
                                               {"mount.available", "/"},
                                               {"mount.total", "/old"},
                                               {"mount.used", "/old"},
                                               {"mount.inodes_total", "/"},
                                               {"mount.inodes_used", "/"}}),
                                    1);
  const std::vector<double> values{100, 45, 45, 200, 50, 10, 9};
  EXPECT_DOUBLE_EQ(watched_value(*find(plan, WatchKindId::disk_space, "/"), values), 50);
  EXPECT_DOUBLE_EQ(watched_value(*find(plan, WatchKindId::disk_space, "/old"), values), 25);
  EXPECT_DOUBLE_EQ(watched_value(*find(plan, WatchKindId::disk_inodes, "/"), values), 90);
  EXPECT_EQ(plan.disks.size(), 2U);
}

TEST(WatchRules, LessMemoryIsWorseAndSwapMustBeInUse) {
  const auto plan = make_watch_plan(layout_of({{"memory.available", ""},
                                               {"memory.total", ""},
                                               {"pressure.memory.full", ""},
                                               {"swap.used", ""},
                                               {"temperature.celsius", "cpu"},
                                               {"units.failed", ""}}),
                                    1);
  const std::vector<double> values{4, 100, 30, 0, 91, 2};
  EXPECT_DOUBLE_EQ(watched_value(*find(plan, WatchKindId::memory_available), values), -4);
  EXPECT_DOUBLE_EQ(watched_value(*find(plan, WatchKindId::memory_thrashing), values), 0);
  EXPECT_DOUBLE_EQ(watched_value(*find(plan, WatchKindId::temperature, "cpu"), values), 91);
  EXPECT_DOUBLE_EQ(watched_value(*find(plan, WatchKindId::units_failed), values), 2);
  const auto limits = watch_limits(WatchKindId::memory_available,
                                   decide_threshold({}, {{}, {}, {}}, WatchKindId::memory_available, {}));
  EXPECT_EQ(limits.warning, -5);
  EXPECT_EQ(limits.error, -2);
}

TEST(WatchRules, AnAgentCannotMakeItWatchWithoutABound) {
  std::vector<std::pair<std::string, std::string>> series;
  for (int i = 0; i < 5'000; ++i) series.emplace_back("temperature.celsius", std::to_string(i));
  EXPECT_EQ(make_watch_plan(layout_of(std::move(series)), 1).watches.size(), 1'000U);
}

TEST(WatchRules, KnowsHowFarAnAgentIsBehind) {
  EXPECT_EQ(decide_versions_behind("0.1.0", "0.4.2"), 3);
  EXPECT_EQ(decide_versions_behind("0.5.0", "0.4.2"), 0);
  EXPECT_EQ(decide_versions_behind("1.9.0", "2.0.0"), 100);
  EXPECT_EQ(decide_versions_behind("2.0.0", "1.9.0"), 0);
  EXPECT_EQ(decide_versions_behind("sim", "0.1.0"), std::nullopt);
  EXPECT_EQ(decide_versions_behind("", "0.1.0"), std::nullopt);
}

TEST(WatchKinds, AreTheTableOfTheDocumentation) {
  std::ifstream in(std::string(FETTLE_SOURCE_ROOT) + "/docs/conditions.md");
  std::stringstream text;
  text << in.rdbuf();
  const auto limit = [](const WatchKind& kind, double value) {
    if (std::isnan(value)) return std::string(" ");
    std::string number =
        value == std::floor(value) ? std::to_string(static_cast<long long>(value)) : std::to_string(value);
    if (!kind.unit.empty()) number += " " + std::string(kind.unit);
    return " " + std::string(kind.is_below ? "below " : "") + number + " ";
  };
  for (const WatchKind& kind : watch_kinds()) {
    const std::string row = "| `" + std::string(kind.kind) + "` | " + std::string(kind.summary) + " |" +
                            limit(kind, kind.warning) + "|" + limit(kind, kind.error) + "| " +
                            (kind.hold_seconds == 0 ? "at once" : std::to_string(kind.hold_seconds) + " s") +
                            " |\n";
    EXPECT_NE(text.str().find(row), std::string::npos) << "docs/conditions.md must have the row\n" << row;
  }
}

struct ThresholdTest : ::testing::Test {
  Threshold make(std::optional<double> warning, std::optional<HostId> of = {},
                 std::optional<std::string> label = {}, std::optional<std::string> target = {}) {
    Threshold out;
    out.id = ThresholdId(make_uuid7(++made, {}));
    out.environment = environment;
    out.host = of;
    out.label = std::move(label);
    out.target = std::move(target);
    out.warning = warning;
    return out;
  }
  EffectiveThreshold decide(std::string_view target = "/") {
    return decide_threshold(all, {environment, host, labels}, WatchKindId::disk_space, target);
  }
  int made = 0;
  EnvironmentId environment{make_uuid7(1, {})};
  HostId host{make_uuid7(2, {})};
  std::map<std::string, std::string> labels{{"role", "db"}, {"site", "a"}};
  std::vector<Threshold> all;
};

TEST_F(ThresholdTest, TheMostSpecificOneWinsForEachValue) {
  EXPECT_EQ(decide().warning.value, 85);
  all.push_back(make(80));
  EXPECT_EQ(decide().warning.value, 80);
  EXPECT_EQ(decide().warning.scope, ThresholdScope::environment);
  all.push_back(make(70, {}, "role=db"));
  EXPECT_EQ(decide().warning.value, 70);
  all.push_back(make(60, host));
  EXPECT_EQ(decide().warning.value, 60);
  all.push_back(make(50, host, {}, "/"));
  EXPECT_EQ(decide().warning.value, 50);
  EXPECT_EQ(decide("/var").warning.value, 60);
  all.back().warning.reset();
  all.back().error = 99;
  EXPECT_EQ(decide().warning.value, 60) << "what is not given is left to the others";
  EXPECT_EQ(decide().error.value, 99);
  EXPECT_EQ(decide().error.from, all.back().id);
}

TEST_F(ThresholdTest, WhatDoesNotFitHasNoEffect) {
  all = {make(1, HostId(make_uuid7(9, {}))), make(2, {}, "role=web"), make(3, {}, "rack"),
         make(4, {}, {}, "/home")};
  all.push_back(make(5));
  all.back().environment = EnvironmentId(make_uuid7(8, {}));
  all.push_back(make(6));
  all.back().kind = WatchKindId::disk_inodes;
  EXPECT_EQ(decide().warning.value, 85);
  EXPECT_EQ(decide().warning.scope, ThresholdScope::standard);
}

TEST_F(ThresholdTest, OfTwoLabelsTheFirstInTheAlphabetWinsInAnyOrder) {
  all = {make(10, {}, "site=a"), make(20, {}, "role")};
  EXPECT_EQ(decide().warning.value, 20);
  std::swap(all[0], all[1]);
  EXPECT_EQ(decide().warning.value, 20);
}

}  // namespace
}  // namespace fettle::fleet
