// Which records stay when there is too much (T3): one in a while, evenly. Pure.
#pragma once
#include <optional>

#include "fettle/base/time.h"

namespace fettle::agent {

/// Asked of each record in order; true for the first one in every `period` of wall time.
class Thinning {
 public:
  explicit Thinning(Millis period) : period_(period.count()) {}
  bool keeps(std::int64_t sampled_at_ms) {
    std::int64_t slot = sampled_at_ms / period_;
    if (sampled_at_ms < 0) --slot;
    if (slot == last_slot_) return false;
    last_slot_ = slot;
    return true;
  }

 private:
  const std::int64_t period_;
  std::optional<std::int64_t> last_slot_;
};

}  // namespace fettle::agent
