// The text of a schedule's timing: five cron fields, nicknames, and fixed intervals. Reads them, with errors
// that say where and what instead, and tells them back as a sentence. Pure.
#pragma once
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "fettle/runs/timing.h"

namespace fettle::runs {

inline constexpr std::size_t kLongestTiming = 256;
inline constexpr Seconds kShortestInterval{60};
inline constexpr Seconds kLongestInterval{366 * 86'400};

struct TimingFault {
  std::string field;       // "minute", "hour", "day of month", "month", "day of week", "interval", "timing"
  std::size_t column = 1;  // of the text, from 1
  std::string detail;      // what is wrong and what is allowed
  std::string hint;        // what may have been meant; may be empty
  bool never_fires = false;
};

/// `seed`: of the schedule, for H and ~, which choose by it and stay.
std::expected<Timing, TimingFault> parse_timing(std::string_view text, std::uint64_t seed);

/// One of the five fields, 0 (minute) to 4 (day of week), at `column` of the whole text. For parse_timing.
std::expected<void, TimingFault> parse_cron_field(CronFields& into, int field, std::string_view text,
                                                  std::size_t column, std::uint64_t seed);

/// "at 02:30 every day, Berlin time".
std::string timing_sentence(const Timing& timing, std::string_view zone);

}  // namespace fettle::runs
