// The last quarter of an hour of a host in cells of 30 s, for the small curves of the fleet table. Fixed
// size; old cells are overwritten as time passes.
#pragma once
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>

#include "fettle/metrics/history.h"

namespace fettle::metrics {

class SparkCells {
 public:
  /// In order of time; a cell of an older lap is started anew.
  void add(const Summary& summary) {
    const std::int64_t lap = summary.at_ms / kSparkStepMs;
    Cell& cell = cells_[static_cast<std::size_t>(lap) % kSparkCells];
    if (cell.lap != lap) cell = {.lap = lap, .sums = {}};
    cell.add(SparkField::cpu_percent, summary.cpu_percent);
    cell.add(SparkField::rx_bytes_per_second, summary.rx_bytes_per_second);
    cell.add(SparkField::tx_bytes_per_second, summary.tx_bytes_per_second);
  }

  /// Mean over the cells that begin in [from, to), 0 <= from, the first 32 of them; NaN when they hold
  /// nothing.
  [[nodiscard]] double mean(SparkField field, std::int64_t from_ms, std::int64_t to_ms) const {
    double sum = 0;
    std::uint32_t count = 0;
    std::int64_t lap = (from_ms + kSparkStepMs - 1) / kSparkStepMs;
    for (std::size_t i = 0; i < kSparkCells && lap * kSparkStepMs < to_ms; ++i, ++lap) {
      const Cell& cell = cells_[static_cast<std::size_t>(lap) % kSparkCells];
      if (cell.lap != lap) continue;
      sum += static_cast<double>(cell.sums[static_cast<std::size_t>(field)].total);
      count += cell.sums[static_cast<std::size_t>(field)].count;
    }
    return count == 0 ? std::numeric_limits<double>::quiet_NaN() : sum / count;
  }

 private:
  struct Sum {
    float total = 0;
    std::uint32_t count = 0;
  };
  struct Cell {
    std::int64_t lap = -1;
    std::array<Sum, 3> sums{};
    void add(SparkField field, double value) {
      if (std::isnan(value)) return;
      Sum& sum = sums[static_cast<std::size_t>(field)];
      sum.total += static_cast<float>(value);
      ++sum.count;
    }
  };
  std::array<Cell, kSparkCells> cells_{};
};

}  // namespace fettle::metrics
