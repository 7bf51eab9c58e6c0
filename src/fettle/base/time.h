// Wall time (what clocks on walls say; steps) and monotonic time (only ever forward) as different types.
// Schedules and records use wall time; deadlines, leases and backoff use monotonic time.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fettle {

using Millis = std::chrono::milliseconds;
using Micros = std::chrono::microseconds;
using Nanos = std::chrono::nanoseconds;
using Seconds = std::chrono::seconds;

/// UTC, microseconds since 1970-01-01.
using WallTime = std::chrono::sys_time<Micros>;

struct MonoClock {  // a tag for the type; nobody reads it but Clock implementations
  using duration = Nanos;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<MonoClock, duration>;
  static constexpr bool is_steady = true;
};
using MonoTime = MonoClock::time_point;

constexpr std::int64_t unix_ms(WallTime time) {
  return std::chrono::floor<Millis>(time).time_since_epoch().count();
}
constexpr WallTime wall_from_unix_ms(std::int64_t ms) {
  return WallTime(Millis(ms));
}

/// RFC 3339, UTC, milliseconds: "2026-11-22T09:10:04.123Z".
std::string format_time(WallTime time);
/// Accepts any RFC 3339 time with offset or Z and up to nine fractional digits.
std::optional<WallTime> parse_time(std::string_view text);

}  // namespace fettle
