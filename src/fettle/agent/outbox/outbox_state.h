// The small file beside the segments: which start this is, how many records were given up, and what the
// server was known to have when the agent last stopped. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "fettle/wire/messages.h"

namespace fettle::agent {

/// A loss that is written down before it happens, so that it is counted once whenever the machine stops: at
/// the next start it has happened, or it is taken back.
struct PlannedLoss {
  std::uint64_t segment = 0;
  std::uint64_t records = 0;
  bool is_removal = false;  // of the whole segment; else it is thinned
  friend bool operator==(const PlannedLoss&, const PlannedLoss&) = default;
};

struct OutboxState {
  std::uint64_t boot = 0;
  std::uint64_t lost = 0;  // with the planned ones
  std::optional<PlannedLoss> planned;
  // A lower bound: the server may have more, and may have less if it was restored. It is for what is counted
  // and what may be removed; what is sent follows the server's welcome.
  wire::Position acknowledged;
  friend bool operator==(const OutboxState&, const OutboxState&) = default;
};

std::string format_state(const OutboxState& state);
/// nullopt without a boot number; lines of a later version are passed over.
std::optional<OutboxState> parse_state(std::string_view text);

}  // namespace fettle::agent
