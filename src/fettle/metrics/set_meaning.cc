#include "fettle/metrics/set_meaning.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace fettle::metrics {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr std::uint32_t kNoColumn = SetMeaning::kNoColumn;

SetMeaning::Mount& mount_of(SetMeaning& meaning, std::string_view label, std::uint32_t column) {
  for (SetMeaning::Mount& mount : meaning.mounts)
    if (meaning.layout->entries[mount.label_of].label == label) return mount;
  return meaning.mounts.emplace_back(SetMeaning::Mount{.label_of = column});
}

bool is_busy_mode(std::string_view metric) {
  return metric != "cpu.idle" && metric != "cpu.iowait";
}

void place(SetMeaning& meaning, const Layout::Entry& entry, std::uint32_t column) {
  const std::string_view metric = entry.metric;
  if (metric == "core.busy") ++meaning.core_series;
  if (meaning.conversions[column].divide_by_cores) {
    meaning.cpu_columns.push_back(column);
    if (is_busy_mode(metric)) meaning.busy_columns.push_back(column);
  }
  if (metric == "net.rx_bytes") meaning.rx_columns.push_back(column);
  if (metric == "net.tx_bytes") meaning.tx_columns.push_back(column);
  if (metric == "memory.total") meaning.memory_total = column;
  if (metric == "memory.available") meaning.memory_available = column;
  if (metric == "agent.cpu") meaning.agent_cpu = column;
  if (metric == "agent.memory") meaning.agent_memory = column;
  if (metric == "mount.total") mount_of(meaning, entry.label, column).total = column;
  if (metric == "mount.used") mount_of(meaning, entry.label, column).used = column;
  if (metric == "mount.available") mount_of(meaning, entry.label, column).available = column;
}

/// Keeps the interfaces that count once. A host that has none of them (a container) keeps all but the
/// loopback.
void keep_primary(const Layout& layout, std::vector<std::uint32_t>& columns) {
  const auto label = [&](std::uint32_t column) -> std::string_view { return layout.entries[column].label; };
  const bool has_primary =
      std::ranges::any_of(columns, [&](std::uint32_t c) { return is_primary_interface(label(c)); });
  std::erase_if(columns, [&](std::uint32_t c) {
    return has_primary ? !is_primary_interface(label(c)) : label(c) == "lo";
  });
}

std::size_t heap_bytes(const std::string& text) {
  static const std::size_t kWithin = std::string().capacity();
  return text.capacity() > kWithin ? text.capacity() + 1 : 0;
}

std::size_t bytes_of(const SetMeaning& meaning) {
  const Layout& layout = *meaning.layout;
  std::size_t bytes = sizeof(SetMeaning) + sizeof(Layout) + heap_bytes(layout.id);
  bytes += layout.entries.capacity() * sizeof(Layout::Entry);
  for (const Layout::Entry& entry : layout.entries)
    bytes += heap_bytes(entry.key) + heap_bytes(entry.metric) + heap_bytes(entry.label);
  bytes += meaning.conversions.capacity() * sizeof(Conversion);
  for (const auto* columns :
       {&meaning.cpu_columns, &meaning.busy_columns, &meaning.rx_columns, &meaning.tx_columns})
    bytes += columns->capacity() * sizeof(std::uint32_t);
  return bytes + meaning.mounts.capacity() * sizeof(SetMeaning::Mount);
}

double value_at(const Latest& latest, std::uint32_t column) {
  return column == kNoColumn ? kNone : latest.values[column];
}

/// Sum of those that have a value; NaN when none has.
double sum_of(const Latest& latest, const std::vector<std::uint32_t>& columns) {
  double sum = kNone;
  for (const std::uint32_t column : columns) {
    const double value = latest.values[column];
    if (!std::isnan(value)) sum = (std::isnan(sum) ? 0 : sum) + value;
  }
  return sum;
}

double percent_of(double part, double whole) {
  return whole > 0 ? std::clamp(part / whole * 100, 0.0, 100.0) : kNone;
}

}  // namespace

bool is_primary_interface(std::string_view name) {
  static constexpr auto kDerived = std::to_array<std::string_view>(
      {"veth",   "docker", "br-",   "virbr", "vnet",         "cni", "flannel",  "cali",
       "vxlan",  "bond",   "team",  "dummy", "ifb",          "tun", "tap",      "wg",
       "podman", "lxc",    "lxdbr", "kube",  "nodelocaldns", "zt",  "tailscale"});
  if (name == "lo" || name.find('.') != std::string_view::npos || name.find('@') != std::string_view::npos)
    return false;
  if (name.starts_with("br") && name.find_first_not_of("0123456789", 2) == std::string_view::npos)
    return false;
  return std::ranges::none_of(kDerived, [name](std::string_view prefix) { return name.starts_with(prefix); });
}

std::uint64_t layout_hash(const wire::SeriesSet& set) {
  return wire::series_set_id({.id = 0, .boot_id = {}, .series = set.series});
}

std::shared_ptr<const SetMeaning> make_set_meaning(const wire::SeriesSet& set, std::string layout_id) {
  auto layout = std::make_shared<Layout>();
  auto meaning = std::make_shared<SetMeaning>();
  layout->id = std::move(layout_id);
  layout->entries.reserve(set.series.size());
  meaning->conversions.reserve(set.series.size());
  for (const wire::Series& series : set.series) {
    const MetricInfo info = metric_info(series.metric, series.kind);
    layout->entries.push_back({series_key(series), series.metric, series.label, info.kind, info.unit});
    meaning->conversions.push_back({.scale = info.scale,
                                    .is_counter = info.kind == wire::SeriesKind::counter,
                                    .is_percent = info.unit == Unit::percent,
                                    .divide_by_cores = info.divide_by_cores});
  }
  meaning->layout = layout;
  for (std::uint32_t column = 0; column < layout->entries.size(); ++column)
    place(*meaning, layout->entries[column], column);
  keep_primary(*layout, meaning->rx_columns);
  keep_primary(*layout, meaning->tx_columns);
  meaning->bytes = bytes_of(*meaning);
  return meaning;
}

double shown_gauge(const Conversion& conversion, std::int64_t raw) {
  return raw == wire::kAbsent ? kNone : static_cast<double>(raw) * conversion.scale;
}

double shown_counter(const Conversion& conversion, double rate, std::uint32_t cores) {
  double value = rate * conversion.scale;
  if (conversion.divide_by_cores) value /= cores;
  if (conversion.is_percent && value > 100) value = 100;
  return value;
}

std::uint32_t estimate_cores(const SetMeaning& meaning, std::span<const std::int64_t> before,
                             std::span<const std::int64_t> after, const Interval& interval) {
  double core_ms_per_second = 0;
  for (const std::uint32_t column : meaning.cpu_columns) {
    const double rate = counter_rate(before[column], after[column], interval);
    if (!std::isnan(rate)) core_ms_per_second += rate;
  }
  const double cores = std::round(core_ms_per_second / 1000);
  return cores >= 1 && cores < 100'000 ? static_cast<std::uint32_t>(cores) : 0;
}

Summary make_summary(const SetMeaning& meaning, const Latest& latest) {
  Summary summary{.at_ms = latest.at_ms,
                  .cpu_percent = sum_of(latest, meaning.busy_columns),
                  .memory_percent = kNone,
                  .disk_percent = kNone,
                  .rx_bytes_per_second = sum_of(latest, meaning.rx_columns),
                  .tx_bytes_per_second = sum_of(latest, meaning.tx_columns),
                  .disk_mount = {},
                  .agent_cpu_percent = value_at(latest, meaning.agent_cpu),
                  .agent_memory_bytes = value_at(latest, meaning.agent_memory)};
  if (summary.cpu_percent > 100) summary.cpu_percent = 100;
  const double total = value_at(latest, meaning.memory_total);
  summary.memory_percent = percent_of(total - value_at(latest, meaning.memory_available), total);
  std::uint32_t fullest = kNoColumn;
  for (const SetMeaning::Mount& mount : meaning.mounts) {
    // As df counts: what is reserved for root belongs to nobody's hundred percent.
    const double used = value_at(latest, mount.used);
    const double available = value_at(latest, mount.available);
    const double percent =
        percent_of(used, std::isnan(available) ? value_at(latest, mount.total) : used + available);
    if (std::isnan(percent) || percent <= summary.disk_percent) continue;
    summary.disk_percent = percent;
    fullest = mount.label_of;
  }
  if (fullest != kNoColumn) summary.disk_mount = meaning.layout->entries[fullest].label;
  return summary;
}

}  // namespace fettle::metrics
