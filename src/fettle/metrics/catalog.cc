#include "fettle/metrics/catalog.h"

#include <algorithm>
#include <array>

namespace fettle::metrics {
namespace {

using wire::SeriesKind;

constexpr double kCoreMsToPercent = 100.0 / 1'000;      // core-milliseconds a second
constexpr double kMicrosToPercent = 100.0 / 1'000'000;  // microseconds a second
constexpr double kMsToPercent = 100.0 / 1'000;          // milliseconds a second

constexpr MetricInfo cpu(std::string_view metric, std::string_view help) {
  return {metric, SeriesKind::counter, Unit::percent, kCoreMsToPercent, true, help};
}
constexpr MetricInfo pressure(std::string_view metric, std::string_view help) {
  return {metric, SeriesKind::counter, Unit::percent, kMicrosToPercent, false, help};
}
constexpr MetricInfo gauge(std::string_view metric, Unit unit, std::string_view help) {
  return {metric, SeriesKind::gauge, unit, unit == Unit::load ? 0.01 : 1, false, help};
}
constexpr MetricInfo rate(std::string_view metric, Unit unit, std::string_view help) {
  return {metric, SeriesKind::counter, unit, 1, false, help};
}

constexpr auto kCatalog = [] {
  auto table = std::to_array<MetricInfo>({
      cpu("cpu.user", "Processor time in programs"),
      cpu("cpu.nice", "Processor time in programs of low priority"),
      cpu("cpu.system", "Processor time in the kernel"),
      cpu("cpu.idle", "Processor time with nothing to do"),
      cpu("cpu.iowait", "Processor time idle while a disk was waited for"),
      cpu("cpu.irq", "Processor time in interrupts"),
      cpu("cpu.softirq", "Processor time in deferred interrupts"),
      cpu("cpu.steal", "Processor time that the hypervisor gave to others"),
      {"core.busy", SeriesKind::counter, Unit::percent, kCoreMsToPercent, false,
       "Time in which this core was busy"},
      gauge("load.1", Unit::load, "Load average over 1 minute"),
      gauge("load.5", Unit::load, "Load average over 5 minutes"),
      gauge("load.15", Unit::load, "Load average over 15 minutes"),
      gauge("memory.total", Unit::bytes, "Memory in the machine"),
      gauge("memory.available", Unit::bytes, "Memory that programs could still get"),
      gauge("memory.used", Unit::bytes, "Memory in use by programs and the kernel"),
      gauge("memory.cached", Unit::bytes, "Memory that holds file contents"),
      gauge("memory.buffers", Unit::bytes, "Memory that holds blocks of devices"),
      gauge("memory.free", Unit::bytes, "Memory in use by nobody"),
      gauge("swap.total", Unit::bytes, "Swap space"),
      gauge("swap.used", Unit::bytes, "Swap space in use"),
      pressure("pressure.cpu.some", "Time in which some task waited for a processor"),
      pressure("pressure.memory.some", "Time in which some task waited for memory"),
      pressure("pressure.memory.full", "Time in which all tasks waited for memory"),
      pressure("pressure.io.some", "Time in which some task waited for a disk"),
      pressure("pressure.io.full", "Time in which all tasks waited for a disk"),
      gauge("mount.total", Unit::bytes, "Size of the file system"),
      gauge("mount.used", Unit::bytes, "Space in use in the file system"),
      gauge("mount.available", Unit::bytes, "Space that ordinary users can still fill"),
      gauge("mount.inodes_total", Unit::count, "Inodes of the file system"),
      gauge("mount.inodes_used", Unit::count, "Inodes in use in the file system"),
      rate("disk.read_bytes", Unit::bytes_per_second, "Bytes read from the disk"),
      rate("disk.write_bytes", Unit::bytes_per_second, "Bytes written to the disk"),
      rate("disk.reads", Unit::per_second, "Reads that the disk completed"),
      rate("disk.writes", Unit::per_second, "Writes that the disk completed"),
      {"disk.busy", SeriesKind::counter, Unit::percent, kMsToPercent, false,
       "Time in which the disk had work"},
      rate("net.rx_bytes", Unit::bytes_per_second, "Bytes received"),
      rate("net.tx_bytes", Unit::bytes_per_second, "Bytes sent"),
      rate("net.rx_packets", Unit::per_second, "Packets received"),
      rate("net.tx_packets", Unit::per_second, "Packets sent"),
      rate("net.rx_errors", Unit::per_second, "Receptions that failed"),
      rate("net.tx_errors", Unit::per_second, "Transmissions that failed"),
      rate("net.rx_drops", Unit::per_second, "Received packets that were dropped"),
      rate("net.tx_drops", Unit::per_second, "Packets dropped instead of sent"),
      gauge("uptime", Unit::seconds, "Time since the machine started"),
      gauge("processes.total", Unit::count, "Processes"),
      gauge("processes.running", Unit::count, "Processes that run or could run"),
      {"temperature.celsius", SeriesKind::gauge, Unit::celsius, 0.001, false, "Temperature at a sensor"},
      gauge("units.failed", Unit::count, "systemd units that have failed"),
      {"agent.cpu", SeriesKind::counter, Unit::percent, kMicrosToPercent, false,
       "Processor time that the agent takes, of one core"},
      gauge("agent.memory", Unit::bytes, "Memory that the agent holds (resident)"),
      rate("agent.sent_bytes", Unit::bytes_per_second, "Bytes that the agent sends to the server"),
      gauge("agent.outbox.records", Unit::count, "Heartbeats that wait to be acknowledged"),
      gauge("agent.outbox.bytes", Unit::bytes, "What the agent's outbox takes on disk"),
      gauge("agent.outbox.dropped", Unit::count, "Heartbeats given up since enrolment, for want of room"),
      {"agent.interval", SeriesKind::gauge, Unit::seconds, 0.001, false,
       "Time between heartbeats that is in force"},
  });
  std::ranges::sort(table, {}, &MetricInfo::metric);
  return table;
}();

}  // namespace

MetricInfo metric_info(std::string_view metric, wire::SeriesKind kind) {
  const auto known = std::ranges::lower_bound(kCatalog, metric, {}, &MetricInfo::metric);
  const bool is_known = known != kCatalog.end() && known->metric == metric;
  if (is_known && (known->kind == kind || kind == SeriesKind::unknown)) return *known;
  if (kind == SeriesKind::counter)
    return {metric, kind, Unit::per_second, 1, false, "Known to the agent, not to this server"};
  return {metric, SeriesKind::gauge, Unit::count, 1, false, "Known to the agent, not to this server"};
}

std::span<const MetricInfo> all_metrics() {
  return kCatalog;
}

std::string series_key(const wire::Series& series) {
  if (series.label.empty()) return series.metric;
  std::string key;
  key.reserve(series.metric.size() + series.label.size() + 2);
  key.append(series.metric).append("{").append(series.label).append("}");
  return key;
}

}  // namespace fettle::metrics
