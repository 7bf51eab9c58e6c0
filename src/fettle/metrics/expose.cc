#include "fettle/metrics/expose.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>

namespace fettle::metrics {
namespace {

constexpr double kMs = 0.001;
constexpr double kMicros = 0.000'001;

constexpr auto kFamilies = std::to_array<ExposedFamily>({
    {"cpu.", "fettle_host_cpu_seconds", "seconds", true, kMs},
    {"core.busy", "fettle_host_core_busy_seconds", "seconds", true, kMs, "core"},
    {"load.1", "fettle_host_load1", "", false, 0.01},
    {"load.5", "fettle_host_load5", "", false, 0.01},
    {"load.15", "fettle_host_load15", "", false, 0.01},
    {"memory.total", "fettle_host_memory_size_bytes", "bytes"},
    {"memory.available", "fettle_host_memory_available_bytes", "bytes"},
    {"memory.used", "fettle_host_memory_used_bytes", "bytes"},
    {"memory.cached", "fettle_host_memory_cached_bytes", "bytes"},
    {"memory.buffers", "fettle_host_memory_buffers_bytes", "bytes"},
    {"memory.free", "fettle_host_memory_free_bytes", "bytes"},
    {"swap.total", "fettle_host_swap_size_bytes", "bytes"},
    {"swap.used", "fettle_host_swap_used_bytes", "bytes"},
    {"pressure.", "fettle_host_pressure_seconds", "seconds", true, kMicros},
    {"mount.total", "fettle_host_mount_size_bytes", "bytes", false, 1, "mount"},
    {"mount.used", "fettle_host_mount_used_bytes", "bytes", false, 1, "mount"},
    {"mount.available", "fettle_host_mount_available_bytes", "bytes", false, 1, "mount"},
    {"mount.inodes_total", "fettle_host_mount_inodes", "", false, 1, "mount"},
    {"mount.inodes_used", "fettle_host_mount_inodes_used", "", false, 1, "mount"},
    {"disk.read_bytes", "fettle_host_disk_read_bytes", "bytes", true, 1, "device"},
    {"disk.write_bytes", "fettle_host_disk_written_bytes", "bytes", true, 1, "device"},
    {"disk.reads", "fettle_host_disk_reads", "", true, 1, "device"},
    {"disk.writes", "fettle_host_disk_writes", "", true, 1, "device"},
    {"disk.busy", "fettle_host_disk_busy_seconds", "seconds", true, kMs, "device"},
    {"net.rx_bytes", "fettle_host_network_receive_bytes", "bytes", true, 1, "interface"},
    {"net.tx_bytes", "fettle_host_network_transmit_bytes", "bytes", true, 1, "interface"},
    {"net.rx_packets", "fettle_host_network_receive_packets", "", true, 1, "interface"},
    {"net.tx_packets", "fettle_host_network_transmit_packets", "", true, 1, "interface"},
    {"net.rx_errors", "fettle_host_network_receive_errors", "", true, 1, "interface"},
    {"net.tx_errors", "fettle_host_network_transmit_errors", "", true, 1, "interface"},
    {"net.rx_drops", "fettle_host_network_receive_drops", "", true, 1, "interface"},
    {"net.tx_drops", "fettle_host_network_transmit_drops", "", true, 1, "interface"},
    {"uptime", "fettle_host_uptime_seconds", "seconds"},
    {"processes.total", "fettle_host_processes", ""},
    {"processes.running", "fettle_host_processes_running", ""},
    {"temperature.celsius", "fettle_host_temperature_celsius", "celsius", false, kMs, "sensor"},
    {"units.failed", "fettle_host_units_failed", ""},
    {"agent.cpu", "fettle_host_agent_cpu_seconds", "seconds", true, kMicros},
    {"agent.memory", "fettle_host_agent_memory_bytes", "bytes"},
    {"agent.sent_bytes", "fettle_host_agent_sent_bytes", "bytes", true},
    {"agent.outbox.records", "fettle_host_agent_outbox_records", ""},
    {"agent.outbox.bytes", "fettle_host_agent_outbox_bytes", "bytes"},
    {"agent.outbox.dropped", "fettle_host_agent_outbox_dropped", ""},
    {"agent.interval", "fettle_host_agent_interval_seconds", "seconds", false, kMs},
    {"", "fettle_host_other", "", false},        // gauges that this version does not know
    {"", "fettle_host_other_events", "", true},  // and counters
});
constexpr std::size_t kOtherGauges = kFamilies.size() - 2;
constexpr std::size_t kOtherCounters = kFamilies.size() - 1;
constexpr std::string_view kCpu = "cpu.";
constexpr std::string_view kPressure = "pressure.";

std::size_t family_of(const Layout::Entry& entry) {
  const bool is_counter = entry.kind == wire::SeriesKind::counter;
  const MetricInfo info = metric_info(entry.metric, entry.kind);
  const bool is_known = std::ranges::binary_search(all_metrics(), entry.metric, {}, &MetricInfo::metric);
  if (is_known && info.kind == entry.kind) {
    for (std::size_t i = 0; i < kOtherGauges; ++i) {
      const ExposedFamily& family = kFamilies[i];
      const bool matches = family.metric.ends_with('.') ? entry.metric.starts_with(family.metric)
                                                        : entry.metric == family.metric;
      const bool has_place =
          entry.label.empty() || !family.label.empty();  // else two series would be one figure
      if (matches && family.is_counter == is_counter && has_place) return i;
    }
  }
  return is_counter ? kOtherCounters : kOtherGauges;
}

/// Where a layout's columns go: by family, without keys that come twice.
using Plan = std::array<std::vector<std::uint32_t>, kFamilies.size()>;

Plan make_plan(const Layout& layout) {
  Plan plan;
  std::unordered_set<std::string_view> seen;
  for (std::uint32_t column = 0; column < layout.entries.size(); ++column)
    if (seen.insert(layout.entries[column].key).second)
      plan[family_of(layout.entries[column])].push_back(column);
  return plan;
}

void add_sample(FigureWriter& writer, const ExposedHost& host, std::size_t index, std::uint32_t column) {
  const ExposedFamily& family = kFamilies[index];
  const std::int64_t raw = host.values[column];
  if (raw == wire::kAbsent || (family.is_counter && raw < 0)) return;
  const double value = static_cast<double>(raw) * family.scale;
  const Layout::Entry& entry = host.layout->entries[column];
  const FigureLabel environment{.name = "environment", .value = host.environment};
  const FigureLabel name{.name = "host", .value = host.host};
  const std::string_view metric = entry.metric;
  if (index >= kOtherGauges) {
    writer.add({environment, name, {"metric", metric}, {"label", entry.label}}, value);
  } else if (family.metric == kCpu) {
    writer.add({environment, name, {"mode", metric.substr(kCpu.size())}}, value);
  } else if (family.metric == kPressure) {
    const std::string_view rest = metric.substr(kPressure.size());  // "memory.some"
    const std::size_t dot = rest.find('.');
    writer.add({environment, name, {"resource", rest.substr(0, dot)}, {"kind", rest.substr(dot + 1)}}, value);
  } else if (!family.label.empty()) {
    writer.add({environment, name, {family.label, entry.label}}, value);
  } else {
    writer.add({environment, name}, value);
  }
}

bool has_values(const ExposedHost& host) {
  return host.is_up && host.layout != nullptr;
}

std::string_view help_of(std::size_t index) {
  const std::string_view metric = kFamilies[index].metric;
  if (index >= kOtherGauges) return "Known to the agent, not to this server";
  if (metric == kCpu) return "Processor time by mode, all cores together";
  if (metric == kPressure) return "Time in which some or all tasks waited for a resource";
  return metric_info(metric, wire::SeriesKind::unknown).help;
}

}  // namespace

std::span<const ExposedFamily> exposed_families() {
  return kFamilies;
}

void expose_hosts(FigureWriter& writer, std::span<const ExposedHost> hosts) {
  std::unordered_map<const Layout*, Plan> plans;
  for (const ExposedHost& host : hosts)
    if (has_values(host) && !plans.contains(host.layout.get()))
      plans.emplace(host.layout.get(), make_plan(*host.layout));

  for (std::size_t index = 0; index < kFamilies.size(); ++index) {
    if (std::ranges::all_of(plans, [&](const auto& plan) { return plan.second[index].empty(); })) continue;
    const ExposedFamily& family = kFamilies[index];
    if (family.is_counter) {
      writer.begin_counter(family.family, family.unit, help_of(index));
    } else {
      writer.begin_gauge(family.family, family.unit, help_of(index));
    }
    for (const ExposedHost& host : hosts) {
      if (!has_values(host)) continue;
      for (const std::uint32_t column : plans.at(host.layout.get())[index])
        add_sample(writer, host, index, column);
    }
  }
  if (hosts.empty()) return;
  writer.begin_gauge("fettle_host_last_sample_timestamp_seconds", "seconds",
                     "When the newest sample was taken");
  for (const ExposedHost& host : hosts) {
    if (host.at_ms > 0)
      writer.add({{"environment", host.environment}, {"host", host.host}},
                 static_cast<double>(host.at_ms) * kMs);
  }
  writer.begin_gauge("fettle_host_up", "",
                     "1 while its heartbeats come, else 0, and then without other values");
  for (const ExposedHost& host : hosts)
    writer.add({{"environment", host.environment}, {"host", host.host}}, host.is_up ? 1 : 0);
}

}  // namespace fettle::metrics
