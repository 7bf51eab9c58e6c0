// When a command that a host runs by itself is expected, and whether it is overdue. Pure.
#pragma once
#include <expected>
#include <optional>
#include <string>

#include "fettle/base/zone.h"
#include "fettle/events/condition.h"
#include "fettle/runs/expectation.h"
#include "fettle/runs/timing.h"

namespace fettle::runs {

/// What was said with the run; nothing for one of which nothing is expected.
std::optional<ExpectedTimes> expected_times(const Run& run);
/// As a member of the run's parameters.
std::string expected_times_json(const ExpectedTimes& times);
/// The text that came with the run: {"timing": "30 2 * * *", "zone": "Europe/Berlin"}.
ExpectedTimes read_expected_times(const std::string& text);

/// Or what is wrong with it, as a sentence. H and ~ are: whoever starts it knows nothing of what they choose.
std::expected<Timing, std::string> parse_expected(const ExpectedTimes& times);
/// The zone that it is in.
std::string expected_zone(const ExpectedTimes& times, const Timing& timing);

/// The key of a command's run; nothing for others.
std::optional<ExpectationKey> expectation_key(const Run& run);

/// When it is to begin next, after a run that began then. What begins a little early, by a clock that is not
/// ours, is the run that was meant; an interval counts from the last beginning.
std::optional<WallTime> next_expected(const Timing& timing, const Zone& zone, WallTime began);

/// So long after it should have begun somebody has to know (as with schedules).
inline constexpr std::chrono::minutes kExpectationGrace{15};

inline constexpr std::string_view kRunOverdueKind = "run.overdue";
events::ConditionKey run_overdue_key(const ExpectationKey& key);
events::ConditionClaim run_overdue_claim(const Expectation& expectation, WallTime due);

}  // namespace fettle::runs
