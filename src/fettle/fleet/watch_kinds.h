// What the server watches on every host, and from where on it is a condition (T24): the defaults, which
// settings change (threshold.h), and the words. docs/conditions.md has the same table; a test holds both
// together.
#pragma once
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace fettle::fleet {

enum class WatchKindId : std::uint8_t {
  agent_outdated,
  clock_skew,
  cpu_load,
  cpu_pressure,
  disk_fills,
  disk_inodes,
  disk_space,
  host_offline,
  host_rebooted,
  host_stopped,
  io_pressure,
  memory_available,
  memory_pressure,
  memory_thrashing,
  temperature,
  units_failed,
};

inline constexpr double kNoLimit = std::numeric_limits<double>::quiet_NaN();

struct WatchKind {
  WatchKindId id;
  std::string_view kind;
  std::string_view summary;
  std::string_view unit;  // "%", "s", "h", "°C", "" for a number
  bool is_below = false;  // the value is worse the less it is
  double warning, error;  // kNoLimit: none
  double slack;           // how far a value must come back
  int hold_seconds, calm_seconds;
  double least, most;      // what a limit may be set to
  bool has_limits = true;  // false: it is watched or it is not
};

std::span<const WatchKind> watch_kinds();  // in the order of WatchKindId
const WatchKind& watch_kind(WatchKindId id);
const WatchKind* find_watch_kind(std::string_view kind);

/// "Disk / nearly full".
std::string watch_title(WatchKindId id, std::string_view target);
/// "/ is 95.2 % full (limit 95 %)".
std::string watch_message(WatchKindId id, std::string_view target, double value, double limit);
/// "95.2 %".
std::string watch_value(const WatchKind& kind, double value);

}  // namespace fettle::fleet
