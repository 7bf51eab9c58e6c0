// Which ids a run may have that a host began by itself (fettle exec). Pure.
#pragma once
#include "fettle/base/id.h"

namespace fettle::wire {

/// The ids of due times are known before their runs begin, and made of whole seconds
/// (runs/occurrence_rules.h). A run that began by itself never has such a one, or whoever may tell of one
/// could take the place of a run that is due.
inline bool may_be_opened(const Uuid& run_id) {
  constexpr std::size_t kTimeBytes = 6;  // RFC 9562 section 5.7
  constexpr std::int64_t kSecondMs = 1000;
  std::int64_t ms = 0;
  for (std::size_t i = 0; i < kTimeBytes; ++i) ms = ms << 8 | run_id[i];
  return ms % kSecondMs != 0;
}

}  // namespace fettle::wire
