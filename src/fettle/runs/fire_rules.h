// When a timing is due: computed from calendars, never by walking through minutes. Pure.
//
// A fixed time of day follows the clocks: one that a change skips is due at the first instant after the gap,
// one that comes twice is due the first time only. A line whose minute or hour begins with a star, and an
// interval, follow real time: they are due at every instant that fits.
#pragma once
#include <optional>
#include <vector>

#include "fettle/base/zone.h"
#include "fettle/runs/timing.h"

namespace fettle::runs {

/// The days of a month on which the line fits, as bits 1 to 31.
std::uint32_t days_in_month(const CronFields& fields, int year, unsigned month);

enum class FireNote : std::uint8_t {
  none,
  gap,       // the time meant does not exist on that day: right after the gap
  repeated,  // clocks show this time twice on that day
};

struct Fire {
  Instant at;
  std::int32_t fold = 0;  // 1: clocks show this time for the second time
  FireNote note = FireNote::none;
  friend bool operator==(const Fire&, const Fire&) = default;
};

/// The first one after `after`. None after the year 9998 only.
std::optional<Fire> next_fire(const Timing& timing, const Zone& zone, Instant after);
/// How many there are in (after, until].
std::int64_t count_fires(const Timing& timing, const Zone& zone, Instant after, Instant until);
/// The last `most` of those in (after, until], oldest first.
std::vector<Fire> last_fires(const Timing& timing, const Zone& zone, Instant after, Instant until,
                             std::size_t most);

}  // namespace fettle::runs
