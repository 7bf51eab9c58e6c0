// What of a segment waits to be written while it is sealed. Values of the history queue.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "fettle/metrics/block.h"
#include "fettle/metrics/pack_writer.h"
#include "fettle/metrics/rate_rules.h"
#include "fettle/metrics/rollup.h"
#include "fettle/metrics/sample.h"
#include "fettle/metrics/tier.h"

namespace fettle::metrics {

/// Rows of one hour, layout and boot, in coded form while they wait.
struct RawRows {
  std::int64_t hour_ms = 0;
  std::uint64_t layout = 0;
  SeriesPtr series;
  std::string boot;
  std::uint32_t rows = 0;
  RowStamp last;
  std::vector<std::int64_t> values;
  std::vector<std::uint8_t> bytes;
  std::int64_t first_at_ms = 0, last_at_ms = 0;
};

struct RunKey {
  std::uint64_t layout = 0;
  std::string boot;
  friend auto operator<=>(const RunKey&, const RunKey&) = default;
};
/// What came in a row with one layout and boot.
struct Run {
  RunKey key;
  RollupTable minutes, hours;
};

/// Rows of one period, by the day of a minute or the month of an hour.
struct Stretch {
  std::int64_t from_ms = 0, to_ms = 0;
};
std::vector<Stretch> stretches_of(Tier tier, const RollupTable& table);

/// Counts a sample in the row at `at_ms`. `before`: what each series read in the sample before it.
void count_in(RollupTable& table, std::int64_t at_ms, const Sample& sample,
              std::span<const std::int64_t> before, const Interval& interval);

}  // namespace fettle::metrics
