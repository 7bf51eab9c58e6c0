// One kind of thing that is measured. A source reads its file, says whether the things in it are others than
// before, names its series, and appends their values in the same order. One thread at a time.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "fettle/agent/sense/proc_file.h"
#include "fettle/wire/messages.h"

namespace fettle::agent {

using SeriesList = std::vector<wire::Series>;
using Values = std::vector<std::int64_t>;

class Source {
 public:
  virtual ~Source() = default;
  /// Reads afresh. True when the series are others than at the last describe().
  virtual bool refresh(ReadBuffer& buffer) = 0;
  virtual void describe(SeriesList& series) const = 0;
  /// As many values as describe() gives series; kAbsent where the last reading failed. Allocates nothing once
  /// `values` has its capacity.
  virtual void append(Values& values) const = 0;
};

/// Counters of the kernel are unsigned; on the wire they go on modulo 2^63, which the server takes as a wrap.
inline std::int64_t wire_number(std::uint64_t number) {
  return static_cast<std::int64_t>(number & 0x7fff'ffff'ffff'ffffULL);
}

/// Valid UTF-8 without control characters and at most wire::kMaxText bytes: what the server accepts.
std::string clean_text(std::string_view text);

inline void add_gauge(SeriesList& series, std::string_view metric, std::string_view label = {}) {
  series.push_back({std::string(metric), clean_text(label), wire::SeriesKind::gauge});
}
inline void add_counter(SeriesList& series, std::string_view metric, std::string_view label = {}) {
  series.push_back({std::string(metric), clean_text(label), wire::SeriesKind::counter});
}

/// How many things of a kind are watched; with the fixed series they stay below wire::kMaxSeries.
inline constexpr std::size_t kMostCores = 704;
inline constexpr std::size_t kMostMounts = 64;
inline constexpr std::size_t kMostDisks = 64;
inline constexpr std::size_t kMostInterfaces = 64;
inline constexpr std::size_t kMostTemperatures = 64;
inline constexpr std::size_t kFixedSeries = 40;  // an upper bound
static_assert(kMostCores + 5 * kMostMounts + 5 * kMostDisks + 8 * kMostInterfaces + kMostTemperatures +
                  kFixedSeries <=
              wire::kMaxSeries);

}  // namespace fettle::agent
