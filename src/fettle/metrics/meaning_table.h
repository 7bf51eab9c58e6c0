// The meanings of all series sets in use, one for each list of series, shared by hosts and boots. Loop
// thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>

#include "fettle/metrics/set_meaning.h"

namespace fettle::metrics {

class MeaningTable {
 public:
  /// `hash` is the set's layout_hash. Whoever sends sets can find two with the same one (it has 64 bits):
  /// they get a meaning each, and ids of their own.
  std::shared_ptr<const SetMeaning> find_or_make(const wire::SeriesSet& set, std::uint64_t hash);
  /// What all that are in use take.
  [[nodiscard]] std::size_t bytes() const;

 private:
  void drop_unused();
  std::unordered_multimap<std::uint64_t, std::weak_ptr<const SetMeaning>> meanings_;
  std::size_t drop_at_ = 64;      // entries
  std::uint64_t collisions_ = 0;  // since the start
};

}  // namespace fettle::metrics
