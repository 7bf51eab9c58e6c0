// Series sets as large as a peer may make them, and samples in them.
#pragma once
#include "fettle/metrics/sample.h"

namespace fettle::metrics {

/// `salt` makes it another set.
inline SeriesSetPtr large_set(std::size_t columns, std::size_t label_bytes, std::uint64_t salt) {
  wire::SeriesSet set{.id = 1 + salt, .boot_id = "boot", .series = {}};
  for (std::size_t i = 0; i < columns; ++i) {
    std::string label = std::to_string(salt) + "/" + std::to_string(i);
    label.resize(std::max(label.size(), label_bytes), 'x');
    set.series.push_back({"net.rx_bytes", std::move(label), wire::SeriesKind::counter});
  }
  return std::make_shared<const wire::SeriesSet>(std::move(set));
}

/// The sample of host 1 at that second.
inline Sample sample_in(const SeriesSetPtr& set, std::uint64_t second) {
  const auto at = static_cast<std::int64_t>(second) * 1'000;
  return {.host = 1,
          .position = {1, second},
          .received_at_ms = 1'800'000'000'000 + at,
          .sampled_at_ms = 1'800'000'000'000 + at,
          .monotonic_ms = at,
          .set = set,
          .values = std::vector<std::int64_t>(set->series.size(), static_cast<std::int64_t>(second))};
}

}  // namespace fettle::metrics
