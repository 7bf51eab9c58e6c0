#include "fettle/metrics/set_meaning.h"

#include <gtest/gtest.h>

#include <cmath>

namespace fettle::metrics {
namespace {

using wire::SeriesKind;

struct Shown {
  wire::SeriesSet set;
  Latest latest;
  void put(const char* metric, const char* label, double value) {
    set.series.push_back({metric, label, metric_info(metric, SeriesKind::unknown).kind});
    latest.values.push_back(value);
  }
  [[nodiscard]] Summary summary() const { return make_summary(*make_set_meaning(set, "1"), latest); }
};

TEST(SetMeaning, SumsTheBusyModesForTheSummary) {
  Shown shown;
  shown.put("cpu.user", "", 30);
  shown.put("cpu.system", "", 12);
  shown.put("cpu.idle", "", 50);
  shown.put("cpu.iowait", "", 8);
  shown.put("cpu.steal", "", std::nan(""));
  EXPECT_DOUBLE_EQ(shown.summary().cpu_percent, 42);
  EXPECT_TRUE(std::isnan(shown.summary().memory_percent));
  EXPECT_TRUE(std::isnan(shown.summary().disk_percent));
  EXPECT_TRUE(std::isnan(shown.summary().rx_bytes_per_second));
}

TEST(SetMeaning, TakesTheFullestMountAsDfCountsIt) {
  Shown shown;
  shown.put("mount.total", "/", 100);
  shown.put("mount.used", "/", 45);
  shown.put("mount.available", "/", 45);  // ten are reserved
  shown.put("mount.total", "/srv", 1000);
  shown.put("mount.used", "/srv", 600);
  EXPECT_DOUBLE_EQ(shown.summary().disk_percent, 60);
  EXPECT_EQ(shown.summary().disk_mount, "/srv");
  shown.latest.values[1] = 80;
  shown.latest.values[2] = 20;
  EXPECT_DOUBLE_EQ(shown.summary().disk_percent, 80);
  EXPECT_EQ(shown.summary().disk_mount, "/");
}

TEST(SetMeaning, CountsMemoryThatIsNotAvailable) {
  Shown shown;
  shown.put("memory.total", "", 8);
  shown.put("memory.available", "", 6);
  EXPECT_DOUBLE_EQ(shown.summary().memory_percent, 25);
  shown.latest.values[0] = 0;
  EXPECT_TRUE(std::isnan(shown.summary().memory_percent));
}

TEST(SetMeaning, CountsTrafficOnceWhereBridgesCarryItAgain) {
  Shown shown;
  shown.put("net.rx_bytes", "lo", 1000);
  shown.put("net.rx_bytes", "eth0", 10);
  shown.put("net.rx_bytes", "docker0", 10);
  shown.put("net.rx_bytes", "wlan0", 5);
  shown.put("net.tx_bytes", "lo", 1000);
  shown.put("net.tx_bytes", "veth1234", 7);
  EXPECT_DOUBLE_EQ(shown.summary().rx_bytes_per_second, 15);
  EXPECT_DOUBLE_EQ(shown.summary().tx_bytes_per_second, 7);  // nothing better: all but the loopback
}

TEST(SetMeaning, TellsInterfacesApart) {
  for (const char* name : {"eth0", "ens3", "enp0s31f6", "wlan0", "wwan0", "ib0", "bridge0x"})
    EXPECT_TRUE(is_primary_interface(name)) << name;
  for (const char* name :
       {"lo", "docker0", "br-12ab", "br0", "veth1", "bond0", "eth0.100", "eth0@if3", "wg0"})
    EXPECT_FALSE(is_primary_interface(name)) << name;
}

TEST(SetMeaning, EstimatesCoresFromWhatAllModesCounted) {
  Shown shown;
  shown.put("cpu.user", "", 0);
  shown.put("cpu.idle", "", 0);
  const auto meaning = make_set_meaning(shown.set, "1");
  const std::vector<std::int64_t> before{1000, 1000};
  const std::vector<std::int64_t> after{1000 + 4'010, 1000 + 15'970};
  EXPECT_EQ(estimate_cores(*meaning, before, after, {.elapsed_ms = 5'000, .is_gap = false}), 4U);
  EXPECT_EQ(estimate_cores(*meaning, before, before, {.elapsed_ms = 5'000, .is_gap = false}), 0U);
  EXPECT_EQ(estimate_cores(*meaning, before, after, {}), 0U);
}

TEST(SetMeaning, ClampsPercentButNothingElse) {
  const Conversion percent{.scale = 0.1, .is_counter = true, .is_percent = true, .divide_by_cores = true};
  EXPECT_DOUBLE_EQ(shown_counter(percent, 2'000, 4), 50);
  EXPECT_DOUBLE_EQ(shown_counter(percent, 4'100, 4), 100);
  EXPECT_TRUE(std::isnan(shown_counter(percent, std::nan(""), 4)));
  EXPECT_DOUBLE_EQ(shown_counter({.scale = 1, .is_counter = true}, 4'100, 4), 4'100);
  EXPECT_TRUE(std::isnan(shown_gauge({}, wire::kAbsent)));
}

TEST(SetMeaning, NamesLayoutsByTheirSeriesAloneNotTheBoot) {
  Shown shown;
  shown.put("cpu.user", "", 0);
  wire::SeriesSet other = shown.set;
  other.boot_id = "another";
  EXPECT_EQ(layout_hash(shown.set), layout_hash(other));
  other.series[0].label = "x";
  EXPECT_NE(layout_hash(shown.set), layout_hash(other));
}

}  // namespace
}  // namespace fettle::metrics
