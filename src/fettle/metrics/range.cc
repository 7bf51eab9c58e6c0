#include "fettle/metrics/range.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "fettle/base/check.h"
#include "fettle/metrics/rollup.h"
#include "fettle/metrics/tier.h"

namespace fettle::metrics {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kOutside = std::numeric_limits<std::size_t>::max();
constexpr std::int64_t kSecond = 1'000, kMinute = kMinuteMs, kHour = kHourMs, kDay = kDayMs;

constexpr auto kSteps = std::to_array<std::int64_t>({1,
                                                     2,
                                                     5,
                                                     10,
                                                     20,
                                                     50,
                                                     100,
                                                     200,
                                                     500,
                                                     kSecond,
                                                     2 * kSecond,
                                                     3 * kSecond,
                                                     4 * kSecond,
                                                     5 * kSecond,
                                                     6 * kSecond,
                                                     10 * kSecond,
                                                     12 * kSecond,
                                                     15 * kSecond,
                                                     20 * kSecond,
                                                     30 * kSecond,
                                                     kMinute,
                                                     2 * kMinute,
                                                     3 * kMinute,
                                                     4 * kMinute,
                                                     5 * kMinute,
                                                     6 * kMinute,
                                                     10 * kMinute,
                                                     12 * kMinute,
                                                     15 * kMinute,
                                                     20 * kMinute,
                                                     30 * kMinute,
                                                     kHour,
                                                     2 * kHour,
                                                     3 * kHour,
                                                     4 * kHour,
                                                     6 * kHour,
                                                     8 * kHour,
                                                     12 * kHour,
                                                     kDay});

std::int64_t choose_step(std::int64_t span_ms, std::int64_t points) {
  const std::int64_t least = (span_ms + points - 1) / points;
  const auto* const step = std::ranges::lower_bound(kSteps, least);
  return step != kSteps.end() ? *step : (least + kDay - 1) / kDay * kDay;
}

/// Whether nothing is drawn between two rows. Across boots only the time shown tells.
bool is_hole(const Interval& interval, std::int64_t shown_ms) {
  return interval.is_gap || (interval.elapsed_ms == 0 && shown_ms > kMinGapMs);
}

}  // namespace

Buckets choose_buckets(std::int64_t from_ms, std::int64_t to_ms, std::uint32_t points,
                       std::int64_t least_step_ms) {
  FETTLE_CHECK(from_ms >= 0 && from_ms < to_ms && points >= 1);
  // One bucket more is needed where the range begins inside one: at the very limit there is no room for it.
  Buckets buckets;
  buckets.step_ms = std::max(choose_step(to_ms - from_ms, std::min(points, kMaxPoints - 1)), least_step_ms);
  buckets.start_ms = from_ms / buckets.step_ms * buckets.step_ms;
  buckets.count =
      static_cast<std::size_t>((to_ms - buckets.start_ms + buckets.step_ms - 1) / buckets.step_ms);
  return buckets;
}

RangeBuilder::RangeBuilder(const RangeQuery& query, std::vector<Layout::Entry> entries,
                           std::int64_t least_step_ms)
    : query_(query), limit_from_ms_(query.from_ms), limit_to_ms_(query.to_ms) {
  const std::size_t most = std::max<std::size_t>(kMaxCells / std::max<std::size_t>(entries.size(), 1), 1);
  buckets_ =
      choose_buckets(query.from_ms, query.to_ms,
                     static_cast<std::uint32_t>(std::min<std::size_t>(query.points, most)), least_step_ms);
  answer_.from_ms = query.from_ms;
  answer_.to_ms = query.to_ms;
  answer_.step_ms = buckets_.step_ms;
  answer_.tier = "ring";
  is_used_.resize(buckets_.count);
  series_.resize(entries.size());
  answer_.series.reserve(entries.size());  // index_ keeps views into the elements
  for (Layout::Entry& entry : entries) {
    RangeSeries& series = answer_.series.emplace_back();
    series.entry = std::move(entry);
    series.mean.assign(buckets_.count, 0);
    series.min.assign(buckets_.count, kNone);
    series.max.assign(buckets_.count, kNone);
    series_[answer_.series.size() - 1].weight.assign(buckets_.count, 0);
    index_.emplace(series.entry.key, static_cast<std::uint32_t>(answer_.series.size() - 1));
  }
}

std::vector<std::uint32_t> RangeBuilder::wanted(const SetMeaning& meaning) {
  wanted_.clear();
  std::vector<std::uint32_t> columns;
  std::vector<bool> is_taken(series_.size());
  const auto& entries = meaning.layout->entries;
  for (std::uint32_t column = 0; column < entries.size(); ++column) {
    const auto found = index_.find(entries[column].key);
    if (found == index_.end() || is_taken[found->second])
      continue;  // a key twice in one set: the first counts
    is_taken[found->second] = true;
    columns.push_back(column);
    wanted_.push_back({.column = column, .series = found->second});
  }
  return columns;
}

void RangeBuilder::limit(std::int64_t from_ms, std::int64_t to_ms) {
  limit_from_ms_ = std::max(from_ms, query_.from_ms);
  limit_to_ms_ = std::min(to_ms, query_.to_ms);
}

/// One empty bucket right behind the last row breaks the line that would be drawn across.
void RangeBuilder::break_line_behind(std::int64_t at_ms) {
  const auto next = static_cast<std::size_t>((at_ms - buckets_.start_ms) / buckets_.step_ms) + 1;
  if (next < is_used_.size()) is_used_[next] = true;
}

void RangeBuilder::relate(const BoundSet& set, const std::vector<RowStamp>& stamps) {
  intervals_.assign(stamps.size(), {});
  bucket_of_.assign(stamps.size(), kOutside);
  is_late_.assign(stamps.size(), false);
  for (std::size_t r = 0; r < stamps.size(); ++r) {
    const RowStamp& now = stamps[r];
    const bool is_inside = now.at_ms >= limit_from_ms_ && now.at_ms < limit_to_ms_;
    if (is_inside) {
      bucket_of_[r] = static_cast<std::size_t>((now.at_ms - buckets_.start_ms) / buckets_.step_ms);
      is_used_[bucket_of_[r]] = true;
      last_shown_ms_ = std::max(last_shown_ms_, now.at_ms);
    }
    if (has_before_ && boot_before_ == set.boot_id && now.monotonic_ms < before_.monotonic_ms) {
      is_late_[r] = true;
      continue;
    }
    if (has_before_) {
      const RowTime before{.boot_id = boot_before_, .monotonic_ms = before_.monotonic_ms};
      intervals_[r] = decide_interval(before, {.boot_id = set.boot_id, .monotonic_ms = now.monotonic_ms},
                                      elapsed_before_ms_);
      const bool has_room = before_.at_ms >= query_.from_ms && now.at_ms > before_.at_ms;
      if (has_room && is_hole(intervals_[r], now.at_ms - before_.at_ms)) break_line_behind(before_.at_ms);
    }
    elapsed_before_ms_ = intervals_[r].elapsed_ms;
    before_ = now;
    if (boot_before_ != set.boot_id) boot_before_ = set.boot_id;
    has_before_ = true;
  }
}

void RangeBuilder::add(const BoundSet& set, const Columns& columns) {
  relate(set, columns.stamps);
  std::vector<std::int64_t> last(series_.size(), wire::kAbsent);
  for (std::size_t i = 0; i < wanted_.size(); ++i) {
    const std::uint32_t series = wanted_[i].series;
    const Conversion& conversion = set.meaning->conversions[wanted_[i].column];
    std::int64_t before = series_[series].raw_before;
    const std::span<const std::int64_t> values = columns.column(i);
    for (std::size_t r = 0; r < values.size(); ++r) {
      const std::int64_t raw = values[r];
      const std::size_t bucket = bucket_of_[r];
      if (bucket != kOutside && conversion.is_counter) {
        const double rate = counter_rate(before, raw, intervals_[r]);
        add_value(series, bucket, shown_counter(conversion, rate, std::max(set.cores, 1U)),
                  static_cast<double>(intervals_[r].elapsed_ms));
      } else if (bucket != kOutside) {
        add_value(series, bucket, shown_gauge(conversion, raw), 1);
      }
      if (!is_late_[r]) before = raw;
    }
    last[series] = before;
  }
  for (std::size_t s = 0; s < series_.size(); ++s)
    series_[s].raw_before = last[s];  // absent: not in this set
}

void RangeBuilder::add_rollup(const SetMeaning& meaning, std::uint32_t cores,
                              std::span<const std::int64_t> numbers, const ColumnShape& shape,
                              std::int64_t step_ms) {
  constexpr double kMilli = 1000;
  bucket_of_.assign(shape.rows, kOutside);
  for (std::uint32_t r = 0; r < shape.rows; ++r) {
    const std::int64_t at_ms = numbers[r];
    // A row that begins before `from` belongs to the bucket in which `from` lies.
    if (at_ms < limit_from_ms_ - step_ms + 1 || at_ms >= limit_to_ms_ || at_ms < buckets_.start_ms) continue;
    bucket_of_[r] = static_cast<std::size_t>((at_ms - buckets_.start_ms) / buckets_.step_ms);
    is_used_[bucket_of_[r]] = true;
    const std::int64_t apart_ms = at_ms - rollup_before_ms_;
    if (rollup_before_ms_ >= 0 && apart_ms > 2 * std::max(step_ms, kMinuteMs))
      break_line_behind(rollup_before_ms_);
    rollup_before_ms_ = at_ms;
    last_shown_ms_ = std::max(last_shown_ms_, at_ms + step_ms - 1);
  }
  for (std::size_t i = 0; i < wanted_.size(); ++i) {
    const std::uint32_t series = wanted_[i].series;
    const Conversion& conversion = meaning.conversions[wanted_[i].column];
    const wire::SeriesKind kind = conversion.is_counter ? wire::SeriesKind::counter : wire::SeriesKind::gauge;
    RangeSeries& out = answer_.series[series];
    const auto shown = [&](double rate) { return shown_counter(conversion, rate, std::max(cores, 1U)); };
    for (std::uint32_t r = 0; r < shape.rows; ++r) {
      const std::size_t bucket = bucket_of_[r];
      if (bucket == kOutside) continue;
      const RollupCell cell = cell_of(numbers, shape, static_cast<std::uint32_t>(i), r, kind);
      if (cell.count <= 0) continue;
      const auto weight = static_cast<double>(conversion.is_counter ? cell.last : cell.count);
      if (weight <= 0) continue;
      const auto total = static_cast<double>(cell.total);
      const bool counts = conversion.is_counter;
      const double mean = counts ? shown(total * kMilli / weight) : total / weight * conversion.scale;
      const double low =
          counts ? shown(static_cast<double>(cell.low) / kMilli) : shown_gauge(conversion, cell.low);
      const double high =
          counts ? shown(static_cast<double>(cell.high) / kMilli) : shown_gauge(conversion, cell.high);
      out.mean[bucket] += mean * weight;
      series_[series].weight[bucket] += weight;
      out.min[bucket] = std::fmin(out.min[bucket], low);  // fmin and fmax prefer a number to NaN
      out.max[bucket] = std::fmax(out.max[bucket], high);
    }
  }
}

void RangeBuilder::join() {
  skip();
  if (last_shown_ms_ < 0) return;
  has_before_ = true;
  boot_before_.clear();
  before_ = {.at_ms = last_shown_ms_, .monotonic_ms = 0};
}

void RangeBuilder::add_value(std::size_t series, std::size_t bucket, double value, double weight) {
  if (std::isnan(value)) return;
  RangeSeries& out = answer_.series[series];
  out.mean[bucket] += value * weight;
  series_[series].weight[bucket] += weight;
  out.min[bucket] = std::fmin(out.min[bucket], value);  // fmin and fmax prefer a number to NaN
  out.max[bucket] = std::fmax(out.max[bucket], value);
}

void RangeBuilder::skip() {
  has_before_ = false;
  elapsed_before_ms_ = 0;
  for (Series& series : series_) series.raw_before = wire::kAbsent;
}

RangeAnswer RangeBuilder::finish() {
  std::vector<std::size_t> used;
  for (std::size_t bucket = 0; bucket < is_used_.size(); ++bucket)
    if (is_used_[bucket]) used.push_back(bucket);
  for (const std::size_t bucket : used)
    answer_.times_ms.push_back(buckets_.start_ms + static_cast<std::int64_t>(bucket) * buckets_.step_ms);
  for (std::size_t s = 0; s < series_.size(); ++s) {
    RangeSeries& out = answer_.series[s];
    std::size_t to = 0;
    for (const std::size_t bucket : used) {
      const double weight = series_[s].weight[bucket];
      out.min[to] = out.min[bucket];
      out.max[to] = out.max[bucket];
      // A mean of equal values may miss them by a rounding: it stays between its bounds.
      out.mean[to] = weight > 0 ? std::clamp(out.mean[bucket] / weight, out.min[to], out.max[to]) : kNone;
      ++to;
    }
    out.mean.resize(used.size());
    out.min.resize(used.size());
    out.max.resize(used.size());
  }
  return std::move(answer_);
}

}  // namespace fettle::metrics
