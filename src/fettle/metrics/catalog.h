// What each metric means: unit on the screen and in the API, and how its raw wire number becomes a value (T7,
// T8). A metric that this version does not know is kept and shown as a plain count (T3a).
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "fettle/wire/messages.h"

namespace fettle::metrics {

enum class Unit : std::uint8_t {
  percent,
  bytes,
  bytes_per_second,
  per_second,
  count,
  seconds,
  load,
  celsius
};

struct MetricInfo {
  std::string_view metric;
  wire::SeriesKind kind;
  Unit unit;             // of the value that is shown: counters are shown as rates
  double scale;          // gauge: value = raw * scale; counter: value = (raw increase / seconds) * scale
  bool divide_by_cores;  // cpu.*: raw is core-milliseconds; shown as percent of all cores
  std::string_view help;
};

/// Raw wire numbers: cpu.* and core.busy in core-milliseconds (counter); pressure.* in microseconds
/// (counter); disk.busy in milliseconds (counter); load.* in hundredths; memory, swap, mount.* in bytes;
/// uptime in seconds; temperature.celsius in thousandths; agent.cpu in microseconds (counter), agent.interval
/// in milliseconds.
///
/// The `metric` of the answer is the table's text, or `metric` itself when this version does not know it
/// (then it lives as long as the argument). A known name with another kind counts as unknown.
MetricInfo metric_info(std::string_view metric, wire::SeriesKind kind);
/// The table, ordered by name.
std::span<const MetricInfo> all_metrics();
std::string series_key(const wire::Series& series);  // "cpu.user", "net.rx_bytes{eth0}"

}  // namespace fettle::metrics
