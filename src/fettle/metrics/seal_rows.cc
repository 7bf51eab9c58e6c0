#include "fettle/metrics/seal_rows.h"

namespace fettle::metrics {

std::vector<Stretch> stretches_of(Tier tier, const RollupTable& table) {
  std::vector<Stretch> out;
  for (const auto& [at_ms, row] : table.rows()) {
    const std::int64_t period = period_of(tier, at_ms);
    if (out.empty() || out.back().from_ms != period) out.push_back({period, period_end(tier, period)});
  }
  return out;
}

void count_in(RollupTable& table, std::int64_t at_ms, const Sample& sample,
              std::span<const std::int64_t> before, const Interval& interval) {
  RollupTable::Row& row = table.row_at(at_ms);
  ++row.rows;
  for (std::size_t i = 0; i < sample.values.size(); ++i) {
    if (table.series()[i].kind == wire::SeriesKind::counter) {
      const std::int64_t increase = counter_increase(before[i], sample.values[i], interval);
      if (increase >= 0) add_increase(row.cells[i], increase, interval.elapsed_ms);
    } else if (sample.values[i] != wire::kAbsent) {
      add_gauge(row.cells[i], sample.values[i]);
    }
  }
}

}  // namespace fettle::metrics
