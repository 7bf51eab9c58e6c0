// Which of a host's series are watched, and what is watched of them: made once for each list of series, so
// that a heartbeat costs one comparison a watched value and nothing for kinds that a host has not. Pure.
#pragma once
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "fettle/fleet/watch_kinds.h"
#include "fettle/metrics/history.h"

namespace fettle::fleet {

/// How the watched value comes from the columns; greater is worse.
enum class WatchFormula : std::uint8_t {
  value,        // a * factor
  share,        // 100 * a / b
  df,           // 100 * a / (a + b): space in use, as df counts it
  share_below,  // -100 * a / b
  if_used,      // b > 0 ? a : 0
};

struct Watch {
  std::uint32_t a = 0, b = 0;
  float factor = 1;
  WatchFormula formula = WatchFormula::value;
  WatchKindId kind = WatchKindId::disk_space;
  std::uint16_t target = 0;  // index into WatchPlan::targets
  // Below this nothing happens. Minus infinity while something is open, on its way or remembered.
  double calm = std::numeric_limits<double>::infinity();
};

struct WatchPlan {
  std::vector<Watch> watches;
  std::vector<std::string> targets;
  /// The watches of disk.space, each of which is watched for its growth too.
  std::vector<std::uint32_t> disks;
};

/// `cores` at least 1.
WatchPlan make_watch_plan(const metrics::Layout& layout, std::uint32_t cores);

inline double watched_value(const Watch& watch, std::span<const double> values) {
  const double a = values[watch.a];
  switch (watch.formula) {
    case WatchFormula::value:
      return a * static_cast<double>(watch.factor);
    case WatchFormula::share:
      return 100 * a / values[watch.b];
    case WatchFormula::df:
      return 100 * a / (a + values[watch.b]);
    case WatchFormula::share_below:
      return -100 * a / values[watch.b];
    case WatchFormula::if_used:
      return values[watch.b] > 0 ? a : 0;
  }
  return a;
}

/// How many minor versions an agent is behind; another major counts as a hundred. Nothing for a version that
/// is none.
std::optional<int> decide_versions_behind(std::string_view agent, std::string_view server);

}  // namespace fettle::fleet
