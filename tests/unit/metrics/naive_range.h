// The range question answered the slow and obvious way, for comparison: all rows in plain memory, one value
// at a time. Shares only the two rate rules with the product.
#pragma once
#include <cmath>
#include <map>
#include <set>

#include "fettle/metrics/history.h"
#include "fettle/metrics/range.h"
#include "fettle/metrics/rate_rules.h"

namespace fettle::metrics {

struct NaiveRow {
  SeriesSetPtr set;
  std::int64_t at_ms = 0, monotonic_ms = 0;
  std::vector<std::int64_t> values;

  [[nodiscard]] std::int64_t raw(const std::string& key) const {
    for (std::size_t i = 0; i < set->series.size(); ++i)
      if (series_key(set->series[i]) == key) return values[i];
    return wire::kAbsent;
  }
  [[nodiscard]] double cores() const {
    double count = 0;
    for (const wire::Series& series : set->series) count += series.metric == "core.busy" ? 1 : 0;
    return std::max(count, 1.0);
  }
};

struct NaivePoint {
  double mean, min, max;
};

/// By time of the bucket. A NaN point stands where a bucket is listed without a value.
inline std::map<std::int64_t, NaivePoint> naive_range(const std::vector<NaiveRow>& rows,
                                                      const RangeQuery& query, const wire::Series& series) {
  struct Cell {
    std::vector<std::pair<double, double>> values;  // with weight
  };
  const Buckets buckets = choose_buckets(query.from_ms, query.to_ms, query.points);
  const auto start_of = [&](std::int64_t at) { return at / buckets.step_ms * buckets.step_ms; };
  const MetricInfo info = metric_info(series.metric, series.kind);
  const std::string key = series_key(series);
  std::map<std::int64_t, Cell> cells;
  std::int64_t elapsed_before = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const NaiveRow& row = rows[i];
    const bool is_inside = row.at_ms >= query.from_ms && row.at_ms < query.to_ms;
    Interval interval;
    if (i > 0) {
      const NaiveRow& before = rows[i - 1];
      interval = decide_interval({before.set->boot_id, before.monotonic_ms},
                                 {row.set->boot_id, row.monotonic_ms}, elapsed_before);
      const std::int64_t shown = row.at_ms - before.at_ms;
      const bool is_hole = interval.is_gap || (interval.elapsed_ms == 0 && shown > kMinGapMs);
      const std::int64_t marker = start_of(before.at_ms) + buckets.step_ms;
      if (is_hole && shown > 0 && before.at_ms >= query.from_ms && marker < query.to_ms) cells[marker];
    }
    elapsed_before = interval.elapsed_ms;
    if (!is_inside) continue;
    Cell& cell = cells[start_of(row.at_ms)];
    const std::int64_t raw = row.raw(key);
    if (info.kind != wire::SeriesKind::counter) {
      if (raw != wire::kAbsent) cell.values.emplace_back(static_cast<double>(raw) * info.scale, 1);
      continue;
    }
    if (i == 0) continue;
    double value = counter_rate(rows[i - 1].raw(key), raw, interval) * info.scale;
    if (info.divide_by_cores) value /= row.cores();
    if (info.unit == Unit::percent) value = std::isnan(value) ? value : std::min(value, 100.0);
    if (!std::isnan(value)) cell.values.emplace_back(value, static_cast<double>(interval.elapsed_ms));
  }
  std::map<std::int64_t, NaivePoint> points;
  for (const auto& [start, cell] : cells) {
    NaivePoint point{std::nan(""), std::nan(""), std::nan("")};
    double sum = 0;
    double weights = 0;
    for (const auto& [value, weight] : cell.values) {
      sum += value * weight;
      weights += weight;
      point.min = std::fmin(point.min, value);
      point.max = std::fmax(point.max, value);
    }
    if (weights > 0) point.mean = sum / weights;
    points.emplace(start, point);
  }
  return points;
}

}  // namespace fettle::metrics
