#include "fettle/metrics/meaning_table.h"

#include <fmt/format.h>

#include <algorithm>

namespace fettle::metrics {
namespace {

/// What two kinds make of a known metric may be the same.
bool is_of(const SetMeaning& meaning, const wire::SeriesSet& set) {
  return std::ranges::equal(meaning.layout->entries, set.series,
                            [](const Layout::Entry& entry, const wire::Series& series) {
                              return entry.metric == series.metric && entry.label == series.label &&
                                     entry.kind == metric_info(series.metric, series.kind).kind;
                            });
}

}  // namespace

std::shared_ptr<const SetMeaning> MeaningTable::find_or_make(const wire::SeriesSet& set, std::uint64_t hash) {
  bool is_taken = false;
  const auto [begin, end] = meanings_.equal_range(hash);
  for (auto at = begin; at != end; ++at) {
    auto known = at->second.lock();
    if (!known) continue;
    if (is_of(*known, set)) return known;
    is_taken = true;
  }
  drop_unused();
  auto made = make_set_meaning(
      set, is_taken ? fmt::format("{:016x}-{}", hash, ++collisions_) : fmt::format("{:016x}", hash));
  meanings_.emplace(hash, made);
  return made;
}

std::size_t MeaningTable::bytes() const {
  std::size_t bytes = 0;
  for (const auto& [hash, known] : meanings_)
    if (const auto meaning = known.lock()) bytes += meaning->bytes;
  return bytes;
}

/// Now and then: most hosts have a layout of their own, and all of them come at once when the server starts.
void MeaningTable::drop_unused() {
  if (meanings_.size() < drop_at_) return;
  std::erase_if(meanings_, [](const auto& entry) { return entry.second.expired(); });
  drop_at_ = 2 * meanings_.size() + 64;
}

}  // namespace fettle::metrics
