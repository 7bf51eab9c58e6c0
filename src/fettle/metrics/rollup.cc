#include "fettle/metrics/rollup.h"

#include <algorithm>
#include <limits>

#include "fettle/base/check.h"
#include "fettle/metrics/varint.h"

namespace fettle::metrics {
namespace {

__extension__ using Wide = __int128;

/// Increase a second in thousandths; as much as fits.
std::int64_t milli_rate(std::int64_t increase, std::int64_t elapsed_ms) {
  constexpr Wide kMilliPerMs = 1'000'000;
  const Wide rate = Wide{increase} * kMilliPerMs / std::max<std::int64_t>(elapsed_ms, 1);
  return static_cast<std::int64_t>(std::min<Wide>(rate, std::numeric_limits<std::int64_t>::max()));
}

void widen(RollupCell& cell, std::int64_t low, std::int64_t high) {
  cell.low = cell.count == 0 ? low : std::min(cell.low, low);
  cell.high = cell.count == 0 ? high : std::max(cell.high, high);
}

bool is_counter(wire::SeriesKind kind) {
  return kind == wire::SeriesKind::counter;
}

/// Of all series of a row: most of them were seen in all of it, and then nothing is stored for each.
std::int64_t elapsed_of(const RollupTable::Row& row, const std::vector<wire::Series>& series) {
  std::int64_t most = 0;
  for (std::size_t i = 0; i < series.size(); ++i)
    if (is_counter(series[i].kind)) most = std::max(most, row.cells[i].last);
  return most;
}

/// The sum of so many times the least value: of a gauge only what is above that is stored.
std::int64_t least_total(const RollupCell& cell) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(cell.low) *
                                   static_cast<std::uint64_t>(cell.count));
}

constexpr std::size_t kLow = 0, kSpan = 1, kTotal = 2, kLast = 3, kMissing = 4, kColumns = 5, kShared = 3;

}  // namespace

void add_gauge(RollupCell& cell, std::int64_t value) {
  widen(cell, value, value);
  cell.total = wrapping_sum(cell.total, value);
  cell.last = value;
  ++cell.count;
}

void add_increase(RollupCell& cell, std::int64_t increase, std::int64_t elapsed_ms) {
  const std::int64_t rate = milli_rate(increase, elapsed_ms);
  widen(cell, rate, rate);
  cell.total = wrapping_sum(cell.total, increase);
  cell.last = wrapping_sum(cell.last, elapsed_ms);
  ++cell.count;
}

void add_cell(RollupCell& cell, const RollupCell& later, wire::SeriesKind kind) {
  if (later.count == 0) return;
  widen(cell, later.low, later.high);
  cell.total = wrapping_sum(cell.total, later.total);
  cell.last = is_counter(kind) ? wrapping_sum(cell.last, later.last) : later.last;
  cell.count = wrapping_sum(cell.count, later.count);
}

RollupTable::Row& RollupTable::row_at(std::int64_t at_ms) {
  // Mostly the same as before, or the next one.
  auto place = rows_.empty() ? rows_.end() : std::prev(rows_.end());
  if (place == rows_.end() || place->first != at_ms) place = rows_.lower_bound(at_ms);
  if (place == rows_.end() || place->first != at_ms) {
    place = rows_.emplace_hint(place, at_ms, Row{.at_ms = at_ms, .rows = 0, .cells = {}});
    place->second.cells.resize(series_->size());
  }
  return place->second;
}

void RollupTable::merge(const Row& row, std::int64_t at_ms) {
  FETTLE_CHECK(row.cells.size() == series_->size(), "roll-ups of one layout have the same cells");
  Row& own = row_at(at_ms);
  own.rows = wrapping_sum(own.rows, row.rows);
  for (std::size_t i = 0; i < row.cells.size(); ++i) add_cell(own.cells[i], row.cells[i], (*series_)[i].kind);
}

void RollupTable::merge(const BlockRows& block) {
  const ColumnShape shape = block_shape(Tier::minute, block.rows, block.series);
  FETTLE_CHECK(block.series == series_->size() && block.numbers.size() == shape.numbers());
  for (std::uint32_t r = 0; r < block.rows; ++r) {
    Row& own = row_at(block.numbers[r]);
    own.rows = wrapping_sum(own.rows, block.numbers[block.rows + r]);
    for (std::uint32_t s = 0; s < block.series; ++s) {
      const wire::SeriesKind kind = (*series_)[s].kind;
      add_cell(own.cells[s], cell_of(block.numbers, shape, s, r, kind), kind);
    }
  }
}

BlockRows RollupTable::to_block(std::uint64_t layout, std::uint32_t cores, std::int64_t from_ms,
                                std::int64_t to_ms) const {
  const auto begin = rows_.lower_bound(from_ms);
  const auto end = rows_.lower_bound(to_ms);
  BlockRows block{.layout = layout,
                  .boot = {},
                  .cores = cores,
                  .rows = static_cast<std::uint32_t>(std::distance(begin, end)),
                  .series = static_cast<std::uint32_t>(series_->size()),
                  .numbers = {}};
  const std::size_t rows = block.rows;
  block.numbers.resize((kShared + kColumns * series_->size()) * rows);
  std::size_t r = 0;
  for (auto at = begin; at != end; ++at, ++r) {
    const Row& row = at->second;
    const std::int64_t elapsed_ms = elapsed_of(row, *series_);
    block.numbers[r] = row.at_ms;
    block.numbers[rows + r] = row.rows;
    block.numbers[2 * rows + r] = elapsed_ms;
    for (std::size_t s = 0; s < series_->size(); ++s) {
      const RollupCell& cell = row.cells[s];
      std::int64_t* const column = block.numbers.data() + (kShared + kColumns * s) * rows + r;
      column[kLow * rows] = cell.low;
      column[kSpan * rows] = wrapping_difference(cell.high, cell.low);
      const bool counts = is_counter((*series_)[s].kind);
      column[kTotal * rows] = counts ? cell.total : wrapping_difference(cell.total, least_total(cell));
      column[kLast * rows] =
          counts ? wrapping_difference(elapsed_ms, cell.last) : wrapping_difference(cell.last, cell.low);
      column[kMissing * rows] = wrapping_difference(row.rows, cell.count);
    }
  }
  return block;
}

RollupCell cell_of(std::span<const std::int64_t> numbers, const ColumnShape& shape, std::uint32_t series,
                   std::uint32_t row, wire::SeriesKind kind) {
  const std::size_t rows = shape.rows;
  const std::int64_t* const column = numbers.data() + (kShared + kColumns * series) * rows + row;
  RollupCell cell;
  cell.low = column[kLow * rows];
  cell.high = wrapping_sum(cell.low, column[kSpan * rows]);
  cell.last = is_counter(kind) ? wrapping_difference(numbers[2 * rows + row], column[kLast * rows])
                               : wrapping_sum(cell.low, column[kLast * rows]);
  cell.count = wrapping_difference(numbers[rows + row], column[kMissing * rows]);
  cell.total =
      is_counter(kind) ? column[kTotal * rows] : wrapping_sum(column[kTotal * rows], least_total(cell));
  return cell;
}

}  // namespace fettle::metrics
