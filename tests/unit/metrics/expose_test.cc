#include "fettle/metrics/expose.h"

#include <gtest/gtest.h>

#include "fettle/metrics/set_meaning.h"
#include "tests/unit/metrics/exposition_grammar.h"
#include "tests/unit/metrics/fake_host.h"

namespace fettle::metrics {
namespace {

ExposedHost exposed(const std::string& name, const Sample& sample) {
  return {.host = name,
          .environment = "default",
          .at_ms = sample.sampled_at_ms,
          .layout = make_set_meaning(*sample.set, "1")->layout,
          .values = sample.values};
}

Exposition expose(const std::vector<ExposedHost>& hosts, FigureFormat format = FigureFormat::openmetrics) {
  FigureWriter writer(format);
  expose_hosts(writer, hosts);
  return parse_exposition(writer.finish(), format == FigureFormat::openmetrics);
}

ExposedHost by_hand(std::vector<wire::Series> series, std::vector<std::int64_t> values) {
  const wire::SeriesSet set{.id = 1, .boot_id = "b", .series = std::move(series)};
  return {.host = "h",
          .environment = "e",
          .at_ms = 5'000,
          .layout = make_set_meaning(set, "1")->layout,
          .values = std::move(values)};
}

TEST(Expose, ShowsEveryValueOfEveryHostOnceInBothFormats) {
  FakeHost a(1, 1);
  FakeHost b(2, 2);
  const std::vector<ExposedHost> hosts{exposed("a", a.next()), exposed("b", b.next())};
  for (const auto format : {FigureFormat::openmetrics, FigureFormat::prometheus}) {
    const Exposition parsed = expose(hosts, format);
    EXPECT_TRUE(parsed.complaints.empty()) << *parsed.complaints.begin();
    EXPECT_EQ(parsed.samples.size(), 2U * 42);
  }
}

TEST(Expose, SaysWhoIsAwayAndShowsNoOldValues) {
  FakeHost a(1, 1);
  std::vector<ExposedHost> hosts{exposed("a", a.next())};
  hosts[0].is_up = false;
  hosts.push_back({.host = "new", .environment = "default", .is_up = false, .layout = nullptr, .values = {}});
  const Exposition parsed = expose(hosts);
  EXPECT_TRUE(parsed.complaints.empty()) << *parsed.complaints.begin();
  EXPECT_EQ(parsed.samples.size(), 3U);
  EXPECT_EQ(parsed.samples.at("fettle_host_up{environment=\"default\",host=\"a\"}"), "0");
  EXPECT_EQ(parsed.samples.at("fettle_host_up{environment=\"default\",host=\"new\"}"), "0");
  EXPECT_TRUE(parsed.samples.contains(
      "fettle_host_last_sample_timestamp_seconds{environment=\"default\",host=\"a\"}"));
}

TEST(Expose, SpeaksInBaseUnits) {
  using wire::SeriesKind;
  const Exposition parsed = expose({by_hand({{"cpu.user", "", SeriesKind::counter},
                                             {"core.busy", "3", SeriesKind::counter},
                                             {"load.15", "", SeriesKind::gauge},
                                             {"pressure.memory.full", "", SeriesKind::counter},
                                             {"mount.used", "/srv/\"x\"", SeriesKind::gauge},
                                             {"disk.busy", "sda", SeriesKind::counter},
                                             {"net.rx_bytes", "eth0", SeriesKind::counter}},
                                            {1'500, 2'000, 150, 2'500'000, 77, 250, 9})});
  EXPECT_TRUE(parsed.complaints.empty()) << *parsed.complaints.begin();
  const auto value = [&](const std::string& name) {
    const auto found = parsed.samples.find(name);
    return found == parsed.samples.end() ? "missing" : found->second;
  };
  const std::string common = "{environment=\"e\",host=\"h\"";
  EXPECT_EQ(value("fettle_host_cpu_seconds_total" + common + ",mode=\"user\"}"), "1.5");
  EXPECT_EQ(value("fettle_host_core_busy_seconds_total" + common + ",core=\"3\"}"), "2");
  EXPECT_EQ(value("fettle_host_load15" + common + "}"), "1.5");
  EXPECT_EQ(value("fettle_host_pressure_seconds_total" + common + ",resource=\"memory\",kind=\"full\"}"),
            "2.5");
  EXPECT_EQ(value("fettle_host_mount_used_bytes" + common + ",mount=\"/srv/\\\"x\\\"\"}"), "77");
  EXPECT_EQ(value("fettle_host_disk_busy_seconds_total" + common + ",device=\"sda\"}"), "0.25");
  EXPECT_EQ(value("fettle_host_network_receive_bytes_total" + common + ",interface=\"eth0\"}"), "9");
  EXPECT_EQ(value("fettle_host_last_sample_timestamp_seconds" + common + "}"), "5");
}

TEST(Expose, LeavesOutWhatIsAbsentAndKeepsWhatIsUnknown) {
  using wire::SeriesKind;
  const Exposition parsed = expose({by_hand({{"uptime", "", SeriesKind::gauge},
                                             {"gpu.temperature", "0", SeriesKind::gauge},
                                             {"gpu.joules", "0", SeriesKind::counter},
                                             {"gpu.mood", "", SeriesKind::unknown},
                                             {"uptime", "odd", SeriesKind::gauge},
                                             {"uptime", "", SeriesKind::counter},
                                             {"net.tx_bytes", "eth0", SeriesKind::counter}},
                                            {wire::kAbsent, 60, 7, 3, 4, 5, -1})});
  EXPECT_TRUE(parsed.complaints.empty()) << *parsed.complaints.begin();
  EXPECT_FALSE(parsed.samples.contains("fettle_host_uptime_seconds{environment=\"e\",host=\"h\"}"));
  const std::string common = "{environment=\"e\",host=\"h\",";
  EXPECT_EQ(parsed.samples.at("fettle_host_other" + common + "metric=\"gpu.temperature\",label=\"0\"}"),
            "60");
  EXPECT_EQ(
      parsed.samples.at("fettle_host_other_events_total" + common + "metric=\"gpu.joules\",label=\"0\"}"),
      "7");
  EXPECT_EQ(parsed.samples.at("fettle_host_other" + common + "metric=\"uptime\",label=\"odd\"}"), "4");
  EXPECT_FALSE(
      parsed.types.contains("fettle_host_network_transmit_bytes") &&
      parsed.samples.contains("fettle_host_network_transmit_bytes_total" + common + "interface=\"eth0\"}"));
}

TEST(Expose, HasAFamilyForEveryMetricOfTheCatalog) {
  for (const MetricInfo& info : all_metrics()) {
    const Exposition parsed = expose({by_hand({{std::string(info.metric), "", info.kind}}, {1})});
    EXPECT_TRUE(parsed.complaints.empty()) << *parsed.complaints.begin();
    EXPECT_FALSE(parsed.types.contains("fettle_host_other")) << info.metric;
    EXPECT_FALSE(parsed.types.contains("fettle_host_other_events")) << info.metric;
    EXPECT_EQ(parsed.samples.size(), 3U) << info.metric;
  }
}

TEST(Expose, SaysNothingOfNoHosts) {
  EXPECT_TRUE(expose({}).samples.empty());
  EXPECT_TRUE(expose({}).complaints.empty());
}

}  // namespace
}  // namespace fettle::metrics
