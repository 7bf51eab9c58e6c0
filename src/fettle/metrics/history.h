// The last hour of every host in memory, in coded form (about 1.1 bytes a sample), and the questions that are
// asked of it. Rates are computed here, once, with reset, wrap, reboot and clock steps handled. Loop thread.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fettle/base/result.h"
#include "fettle/metrics/catalog.h"
#include "fettle/metrics/sample.h"

namespace fettle::metrics {

/// What a host's values mean at present, in the order of `Latest::values`; shared, replaced when the set
/// changes.
struct Layout {
  std::string id;  // hex
  struct Entry {
    std::string key, metric, label;
    wire::SeriesKind kind;
    Unit unit;
  };
  std::vector<Entry> entries;
};

/// The newest values as shown: gauges scaled, counters as rates since the sample before. NaN where there is
/// none.
struct Latest {
  std::int64_t at_ms = 0;
  wire::Position position;  // of the sample
  std::shared_ptr<const Layout> layout;
  std::vector<double> values;
};

/// The few numbers that a fleet row shows; NaN where unknown.
struct Summary {
  std::int64_t at_ms = 0;
  double cpu_percent, memory_percent, disk_percent, rx_bytes_per_second, tx_bytes_per_second;
  std::string disk_mount;
  double agent_cpu_percent, agent_memory_bytes;  // what the agent itself costs
};

/// from <= time < to.
struct RangeQuery {
  HostNumber host = 0;
  std::int64_t from_ms = 0, to_ms = 0;
  std::uint32_t points = 600;     // at most 2,000; many series get fewer (kMaxCells in range.h)
  std::vector<std::string> keys;  // empty: all
};

struct RangeSeries {
  Layout::Entry entry;
  std::vector<double> mean, min, max;  // NaN: gap
};
struct RangeAnswer {
  std::int64_t from_ms = 0, to_ms = 0, step_ms = 0;
  std::string tier;  // "ring", "raw", "minute" or "hour": the coarsest that was needed
  // Starts of buckets, aligned to step. Buckets without a row are left out; where rows are missing one empty
  // bucket stands for all of them.
  std::vector<std::int64_t> times_ms;
  std::vector<RangeSeries> series;
};

struct RangeReading;  // range_reading.h

/// The newest raw numbers, in the order of the layout.
struct RawLatest {
  std::int64_t at_ms = 0;
  std::shared_ptr<const Layout> layout;
  std::span<const std::int64_t> values;  // valid until the next add or forget
};

/// What is kept in coarse steps for the fleet table.
enum class SparkField : std::uint8_t { cpu_percent, rx_bytes_per_second, tx_bytes_per_second };
struct SparkQuery {
  HostNumber host = 0;
  SparkField field = SparkField::cpu_percent;
  std::int64_t from_ms = 0, step_ms = 30'000;  // multiples of kSparkStepMs
  std::size_t points = 30;
};
inline constexpr std::int64_t kSparkStepMs = 30'000;
inline constexpr std::size_t kSparkCells = 32;  // 16 minutes

struct HistoryFigures {
  std::uint64_t hosts = 0, samples = 0, bytes = 0;
};

class History {
 public:
  explicit History(std::int64_t keep_ms = 3'600'000);
  ~History();

  /// Adds a committed sample and returns the host's newest values (by reference into the host's state: valid
  /// until the next call). A sample older than the newest (a replay) is filed where it belongs and changes
  /// neither Latest nor Summary; by the position one knows whether it did. Times more than 5 minutes ahead of
  /// received_at are stored at received_at.
  const Latest& add(const Sample& sample);

  [[nodiscard]] const Latest* latest(HostNumber host) const;
  [[nodiscard]] std::optional<Summary> summary(HostNumber host) const;
  /// What `answer_range` (range_reading.h) needs to work out the answer on another thread: copies of coded
  /// rows, so that the loop is not held. `not_found` for an unknown host, `unprocessable` for a bad range or
  /// points.
  [[nodiscard]] Result<RangeReading> read(const RangeQuery& query) const;
  /// Both in one, for who may wait; `unprocessable` for an unknown key, too.
  [[nodiscard]] Result<RangeAnswer> range(const RangeQuery& query) const;
  /// Means of the summary's numbers as they were when they came in, a step each; NaN where there are none (an
  /// unknown host too). Costs O(points) without decoding, so that a whole fleet can be asked in one turn.
  [[nodiscard]] std::vector<double> spark(const SparkQuery& query) const;
  /// When the oldest row that is kept of a host was taken.
  [[nodiscard]] std::optional<std::int64_t> first_at_ms(HostNumber host) const;
  [[nodiscard]] std::optional<RawLatest> raw_latest(HostNumber host) const;
  void forget(HostNumber host);
  [[nodiscard]] HistoryFigures figures() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fettle::metrics
