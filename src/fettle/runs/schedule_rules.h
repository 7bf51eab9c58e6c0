// What people may say about a schedule. Pure.
#pragma once
#include <string>

#include "fettle/base/result.h"
#include "fettle/base/zone.h"
#include "fettle/runs/schedule.h"
#include "fettle/runs/timing.h"

namespace fettle::runs {

inline constexpr std::size_t kLongestScheduleName = 100;
inline constexpr Millis kMostCatchUp{400LL * 86'400'000};
inline constexpr std::uint32_t kMostAttempts = 1'000;

/// All but timing, zone, plan and target, which need more than the settings. An error names its fields below
/// "/body".
Result<> check_settings(const ScheduleSettings& settings);

/// How far back it catches up when nobody says: to the due time before, and at least a day.
Millis usual_catch_up(const Timing& timing, const Zone& zone, Instant now);

/// "2026-03-29 03:00 CEST".
std::string local_text(const Zone& zone, Instant instant);

/// Whether an id was made within a day of now: only such a one may be chosen for a new schedule.
bool is_fresh_id(const ScheduleId& id, WallTime now);

}  // namespace fettle::runs
