#include "fettle/metrics/catalog.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <string>

namespace fettle::metrics {
namespace {

TEST(Catalog, NamesEveryMetricOnceInOrder) {
  const auto all = all_metrics();
  EXPECT_GE(all.size(), 45U);
  for (std::size_t i = 1; i < all.size(); ++i) EXPECT_LT(all[i - 1].metric, all[i].metric);
  for (const MetricInfo& info : all) {
    EXPECT_EQ(metric_info(info.metric, info.kind).help, info.help);
    EXPECT_FALSE(info.help.empty());
    EXPECT_NE(info.kind, wire::SeriesKind::unknown);
    EXPECT_GT(info.scale, 0);
  }
}

std::string_view unit_text(Unit unit) {
  constexpr std::array<std::string_view, 8> kNames{
      "percent", "bytes", "bytes_per_second", "per_second", "count", "seconds", "load", "celsius"};
  return kNames.at(static_cast<std::size_t>(unit));
}

TEST(Catalog, ThePageInDocsHasEverySeriesAndNoOther) {
  std::ifstream file(FETTLE_DOCS_FOLDER "/metrics.md");
  std::map<std::string, std::string> rows;  // by series, without the column of things
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("| `")) continue;
    const std::size_t second = line.find('|', 1), third = line.find('|', second + 1);
    rows[line.substr(3, line.find('`', 3) - 3)] = line.substr(third);
  }
  EXPECT_EQ(rows.size(), all_metrics().size());
  for (const MetricInfo& info : all_metrics()) {
    const std::string kind = info.kind == wire::SeriesKind::counter ? "counter" : "gauge";
    EXPECT_EQ(rows[std::string(info.metric)],
              "| " + std::string(unit_text(info.unit)) + " | " + kind + " | " + std::string(info.help) + " |")
        << info.metric;
  }
}

TEST(Catalog, ScalesRawNumbersToWhatIsShown) {
  using wire::SeriesKind;
  const MetricInfo cpu = metric_info("cpu.user", SeriesKind::counter);
  EXPECT_DOUBLE_EQ(1000 * cpu.scale, 100);  // a core-second each second is one whole core
  EXPECT_TRUE(cpu.divide_by_cores);
  EXPECT_DOUBLE_EQ(1'000'000 * metric_info("pressure.io.full", SeriesKind::counter).scale, 100);
  EXPECT_DOUBLE_EQ(1000 * metric_info("disk.busy", SeriesKind::counter).scale, 100);
  EXPECT_FALSE(metric_info("core.busy", SeriesKind::counter).divide_by_cores);
  EXPECT_DOUBLE_EQ(metric_info("load.15", SeriesKind::gauge).scale, 0.01);
  EXPECT_EQ(metric_info("net.rx_errors", SeriesKind::counter).unit, Unit::per_second);
  EXPECT_EQ(metric_info("mount.inodes_used", SeriesKind::gauge).unit, Unit::count);
}

TEST(Catalog, KeepsWhatItDoesNotKnowAsPlainCounts) {
  using wire::SeriesKind;
  EXPECT_EQ(metric_info("gpu.busy", SeriesKind::gauge).unit, Unit::count);
  EXPECT_EQ(metric_info("gpu.joules", SeriesKind::counter).unit, Unit::per_second);
  EXPECT_EQ(metric_info("gpu.mood", SeriesKind::unknown).kind, SeriesKind::gauge);
  // Another kind than this version knows: the peer is believed, the scale is not applied.
  EXPECT_EQ(metric_info("load.1", SeriesKind::counter).unit, Unit::per_second);
  EXPECT_EQ(metric_info("load.1", SeriesKind::unknown).unit, Unit::load);
  EXPECT_EQ(metric_info("", SeriesKind::gauge).unit, Unit::count);
}

TEST(Catalog, MakesKeysOfMetricAndLabel) {
  EXPECT_EQ(series_key({"cpu.user", "", wire::SeriesKind::counter}), "cpu.user");
  EXPECT_EQ(series_key({"mount.used", "/var", wire::SeriesKind::gauge}), "mount.used{/var}");
}

}  // namespace
}  // namespace fettle::metrics
