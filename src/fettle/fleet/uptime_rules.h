// The states of a host over time, and how much of it it was online (T21). What the server could not know,
// because it was not there itself, is unknown and counts for nothing. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fettle/base/time.h"

namespace fettle::fleet {

enum class SpanState : std::uint8_t { waiting, online, offline, unknown };

/// From `at` on, until the next one.
struct StateChangeAt {
  WallTime at;
  SpanState state = SpanState::unknown;
  std::string reason;
};

/// The server ran.
struct ServerLife {
  WallTime from, to;
};

struct StateSpan {
  WallTime from, to;
  SpanState state = SpanState::unknown;
  std::string reason;
  friend bool operator==(const StateSpan&, const StateSpan&) = default;
};

/// The spans of [from, to), without gaps, each different from the one before. `changes` and `lives` in order
/// of time; a change before `from` says what the first state is.
std::vector<StateSpan> decide_spans(const std::vector<StateChangeAt>& changes,
                                    const std::vector<ServerLife>& lives, WallTime from, WallTime to);

struct Uptime {
  Millis online{0}, offline{0}, unknown{0};  // waiting counts as unknown
  /// Percent of what is known; nothing when nothing is.
  [[nodiscard]] std::optional<double> percent() const;
};
Uptime decide_uptime(const std::vector<StateSpan>& spans, WallTime from, WallTime to);

}  // namespace fettle::fleet
