// When a watched value becomes a condition and when it stops being one. Pure: the caller owns clock and
// store. All times are monotonic, so that steps of a wall clock change nothing.
#pragma once
#include <cstdint>
#include <optional>

#include "fettle/base/time.h"
#include "fettle/events/condition.h"

namespace fettle::events {

enum class Level : std::uint8_t { ok, warning, error };

/// A value that opens a condition again within this time of its end makes it flap.
inline constexpr std::chrono::hours kFlapWindow{1};
/// The time for which a flapping value must stay good doubles with each return, this often at most.
inline constexpr int kMostFlaps = 5;
/// What is doubled, when a kind asks for less.
inline constexpr Seconds kFlapCalm{30};

/// Greater is worse. NaN for a limit that does not exist.
struct WatchLimits {
  double warning, error;
  double slack = 0;  // a limit is left when the value is so much better than it
  Nanos hold{0};     // for which a value must be beyond a limit
  Nanos calm{0};     // for which it must have left it
};

/// One limit: on after it was exceeded for `hold`, off after it was left for `calm`.
struct Latch {
  bool is_on = false;
  bool is_pending = false;  // on the way to the other side since `since`
  MonoTime since;
  friend bool operator==(const Latch&, const Latch&) = default;
};

/// Of one watched value.
struct WatchState {
  Latch warning, error;
  std::uint8_t flaps = 0;             // returns within the window
  std::optional<MonoTime> closed_at;  // when it was last good again

  [[nodiscard]] Level level() const {
    if (error.is_on) return Level::error;
    return warning.is_on ? Level::warning : Level::ok;
  }
  /// Nothing is open, on its way, or remembered.
  [[nodiscard]] bool is_idle(MonoTime now) const {
    return !warning.is_on && !error.is_on && !warning.is_pending && !error.is_pending &&
           (!closed_at || now - *closed_at >= kFlapWindow);
  }
};

/// As after a start, with what the store says is open.
WatchState watch_state_of(Level open);

/// Takes the value of now into account; the level is state.level(). A value that is NaN says nothing: what is
/// on its way begins again with the next one, what is open stays.
void step_watch(WatchState& state, const WatchLimits& limits, double value, MonoTime now);

/// What was on its way is not any more: nothing was heard for a while.
void interrupt_watch(WatchState& state);

/// How long the value must stay good.
Nanos calm_time(const WatchLimits& limits, int flaps);

/// What becomes of a condition when this is claimed (or, without a claim, when it is over).
enum class ConditionChange : std::uint8_t { none, opened, worsened, improved, closed };
ConditionChange decide_condition(const Condition* open, const ConditionClaim* claim);

}  // namespace fettle::events
