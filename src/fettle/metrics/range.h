// A range question worked out over decoded rows (T10): aligned buckets with mean, least and greatest value,
// so that a spike of one sample stays visible at any zoom. Pure: rows in, answer out.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "fettle/metrics/block.h"
#include "fettle/metrics/column_coder.h"
#include "fettle/metrics/host_ring.h"
#include "fettle/metrics/rate_rules.h"

namespace fettle::metrics {

inline constexpr std::uint32_t kMaxPoints = 2'000;
/// Series times points of one answer; more series get fewer points.
inline constexpr std::size_t kMaxCells = 400'000;

struct Buckets {
  std::int64_t start_ms = 0, step_ms = 1;
  std::size_t count = 0;
};
/// The finest step of round length (1, 2, 5 ... 500 ms, divisors of a minute, an hour, a day, then days) that
/// needs no more than `points` buckets for from..to, or one more where `from` is inside a bucket; aligned to
/// the epoch, so that buckets stay as they are while the range moves on. from_ms < to_ms.
/// A bucket is no shorter than `least_step_ms`, which is one of those lengths.
Buckets choose_buckets(std::int64_t from_ms, std::int64_t to_ms, std::uint32_t points,
                       std::int64_t least_step_ms = 1);

class RangeBuilder {
 public:
  RangeBuilder(const RangeQuery& query, std::vector<Layout::Entry> entries, std::int64_t least_step_ms = 1);

  /// Which columns of `set` are asked for, ascending: what to decode for `add`.
  std::vector<std::uint32_t> wanted(const SetMeaning& meaning);
  /// The next rows in order; `columns` was decoded with `wanted(*set.meaning)`.
  void add(const BoundSet& set, const Columns& columns);
  /// Rows outside from <= time < to count for nothing but the rows behind them. Until the next call.
  void limit(std::int64_t from_ms, std::int64_t to_ms);
  /// The next rows of a roll-up in order, `step_ms` each; `numbers` was decoded with `wanted(meaning)`.
  void add_rollup(const SetMeaning& meaning, std::uint32_t cores, std::span<const std::int64_t> numbers,
                  const ColumnShape& shape, std::int64_t step_ms);
  /// The same times from another source: rows are compared with nothing before here, but a hole is seen.
  void join();
  /// Rows are left out here: nothing is compared across.
  void skip();
  RangeAnswer finish();

 private:
  struct Series {
    std::vector<double> weight;
    std::int64_t raw_before = wire::kAbsent;
  };
  /// Fills intervals_ and buckets_ for the rows of a block.
  void relate(const BoundSet& set, const std::vector<RowStamp>& stamps);
  void add_value(std::size_t series, std::size_t bucket, double value, double weight);

  void break_line_behind(std::int64_t at_ms);

  RangeQuery query_;
  std::int64_t limit_from_ms_, limit_to_ms_;
  Buckets buckets_;
  RangeAnswer answer_;
  std::vector<Series> series_;
  std::unordered_map<std::string_view, std::uint32_t> index_;  // views into answer_'s entries
  struct Wanted {
    std::uint32_t column, series;
  };
  std::vector<Wanted> wanted_;  // of the last call of wanted()
  std::vector<bool> is_used_;

  std::vector<Interval> intervals_;  // of each row to the row before it
  std::vector<bool> is_late_;        // taken before the row before it: nothing is compared with it
  std::vector<std::size_t> bucket_of_;
  bool has_before_ = false;
  RowStamp before_;
  std::string boot_before_;
  std::int64_t elapsed_before_ms_ = 0;
  std::int64_t rollup_before_ms_ = -1;  // start of the roll-up before; -1: none
  std::int64_t last_shown_ms_ = -1;     // of all rows inside the limits
};

}  // namespace fettle::metrics
