// When a schedule is due, as parsed from its text: a cron line or a fixed interval. Values; parse_rules read
// them, fire_rules compute with them.
#pragma once
#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "fettle/base/time.h"

namespace fettle::runs {

/// The sets of a cron line. Bit n stands for the value n.
struct CronFields {
  std::uint64_t minutes = 0;
  std::uint32_t hours = 0, days = 0, months = 0;
  std::uint8_t weekdays = 0;                   // 0: Sunday
  std::uint32_t days_from_end = 0;             // L: bit 0; L-3: bit 3
  std::uint32_t nearest_workday = 0;           // 15W: bit 15
  bool is_last_workday = false;                // LW
  std::array<std::uint8_t, 6> nth_weekdays{};  // 5#2: bit 5 of [2]
  std::uint8_t last_weekdays = 0;              // 5L: bit 5
  /// Days of month and days of week are united when both are restricted, and intersected when one of them
  /// begins with a star (as cron does).
  bool day_begins_with_star = false, weekday_begins_with_star = false;
  /// Minute or hour begins with a star: it follows real time through changes of the clock.
  bool is_wildcard = false;
  bool has_hash = false;  // H or ~: the times depend on the schedule
  friend bool operator==(const CronFields&, const CronFields&) = default;

  [[nodiscard]] std::int64_t per_day() const {
    return static_cast<std::int64_t>(std::popcount(minutes)) * std::popcount(hours);
  }
};

/// Every `period`, counted from the beginning of 1970 (UTC) and moved by `offset`. Real time.
struct Interval {
  Seconds period{0}, offset{0};
  friend bool operator==(const Interval&, const Interval&) = default;
};

struct Timing {
  std::variant<CronFields, Interval> when;
  std::optional<std::string> zone;  // of a prefix CRON_TZ= or TZ=
  friend bool operator==(const Timing&, const Timing&) = default;
};

}  // namespace fettle::runs
