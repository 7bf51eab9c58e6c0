// Roll-ups (T9): what the samples of a minute or an hour come to, in whole numbers, so that sums over
// roll-ups are sums over samples. Everything in a cell adds up: two halves of a minute, or sixty minutes,
// make the same as all their samples at once. Pure.
#pragma once
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "fettle/metrics/pack_format.h"
#include "fettle/metrics/rate_rules.h"
#include "fettle/metrics/sample.h"

namespace fettle::metrics {

/// One series in one minute or hour. Sums wrap modulo 2^64.
///   gauge    least and greatest value, sum, last, how many
///   counter  least and greatest rate (in thousandths a second), increase, milliseconds that it was seen in,
///   how many
///            intervals
struct RollupCell {
  std::int64_t low = 0, high = 0, total = 0, last = 0, count = 0;
  friend bool operator==(const RollupCell&, const RollupCell&) = default;
};
void add_gauge(RollupCell& cell, std::int64_t value);
void add_increase(RollupCell& cell, std::int64_t increase, std::int64_t elapsed_ms);
/// `later` is what came after `cell`.
void add_cell(RollupCell& cell, const RollupCell& later, wire::SeriesKind kind);

/// Rows of one layout and one number of cores, by time.
class RollupTable {
 public:
  explicit RollupTable(std::shared_ptr<const std::vector<wire::Series>> series)
      : series_(std::move(series)) {}

  struct Row {
    std::int64_t at_ms = 0;
    std::int64_t rows = 0;  // samples of the host in it
    std::vector<RollupCell> cells;
    friend bool operator==(const Row&, const Row&) = default;
  };
  Row& row_at(std::int64_t at_ms);
  void merge(const Row& row, std::int64_t at_ms);
  void merge(const BlockRows& block);
  [[nodiscard]] const std::map<std::int64_t, Row>& rows() const { return rows_; }
  [[nodiscard]] const std::vector<wire::Series>& series() const { return *series_; }
  [[nodiscard]] std::size_t bytes() const {
    return rows_.size() * (sizeof(Row) + 64 + series_->size() * sizeof(RollupCell));
  }
  /// The rows from..to, as blocks of at most kMaxBlockNumbers.
  [[nodiscard]] BlockRows to_block(std::uint64_t layout, std::uint32_t cores, std::int64_t from_ms,
                                   std::int64_t to_ms) const;

 private:
  std::shared_ptr<const std::vector<wire::Series>> series_;
  std::map<std::int64_t, Row> rows_;
};

/// The cell of `series` (as decoded, the nth of what was wanted) in row `row` of a roll-up block.
RollupCell cell_of(std::span<const std::int64_t> numbers, const ColumnShape& shape, std::uint32_t series,
                   std::uint32_t row, wire::SeriesKind kind);

}  // namespace fettle::metrics
