// Which ids a run may have that a host began by itself (fettle exec). Pure.
#pragma once
#include "fettle/base/id.h"

namespace fettle::wire {

inline constexpr std::size_t kUuidVersionByte = 6;  // its upper half, RFC 9562 section 4.2
inline constexpr std::uint8_t kUuidVersionMask = 0xF0;
/// Of the ids of due times (runs/occurrence_rules.h). All others are of version 7.
inline constexpr std::uint8_t kDueTimeVersion = 0x80;

/// The ids of due times can be computed before their runs begin. A run that began by itself never has such a
/// one, or whoever may tell of one could take the place of a run that is due.
inline bool may_be_opened(const Uuid& run_id) {
  return (run_id[kUuidVersionByte] & kUuidVersionMask) != kDueTimeVersion;
}

}  // namespace fettle::wire
