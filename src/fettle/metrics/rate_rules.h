// Pure rules by which two raw readings of a counter become a rate (T8): reset, wrap, reboot and gaps give no
// value rather than a wrong one. Time is the host's boot clock, so that steps of its wall clock do not
// matter.
#pragma once
#include <cstdint>
#include <string_view>

namespace fettle::metrics {

/// When a row was taken, by the host itself.
struct RowTime {
  std::string_view boot_id;
  std::int64_t monotonic_ms = 0;
};

/// What one row may say about the time since the row before it.
struct Interval {
  std::int64_t elapsed_ms = 0;  // 0: the two cannot be compared (reboot, disorder, too close together)
  bool is_gap = false;          // rows are missing between the two: nothing is drawn across
};

/// Rows closer than this give no rate: counters move in ticks of 10 ms.
inline constexpr std::int64_t kMinElapsedMs = 100;
/// Pauses up to this are no gap whatever the interval was (the shortest time until a host counts as offline).
inline constexpr std::int64_t kMinGapMs = 15'000;
/// The longest heartbeat interval; stands for the interval where none is known yet.
inline constexpr std::int64_t kMaxIntervalMs = 60'000;

/// `elapsed_before_ms` is the elapsed time of the interval before this one, 0 when there is none. A gap is
/// longer than three intervals.
Interval decide_interval(const RowTime& before, const RowTime& after, std::int64_t elapsed_before_ms);

/// What a counter gained between two raw readings, or -1: either is absent, the interval is none or a gap, or
/// the counter fell and no wrap at 32 bits explains it.
std::int64_t counter_increase(std::int64_t before, std::int64_t after, const Interval& interval);

/// Increase a second between two raw readings, or NaN: either is absent, the interval is none or a gap, or
/// the counter fell and no wrap at 32 bits explains it. Never negative.
double counter_rate(std::int64_t before, std::int64_t after, const Interval& interval);

}  // namespace fettle::metrics
