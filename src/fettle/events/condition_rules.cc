#include "fettle/events/condition_rules.h"

#include <algorithm>
#include <cmath>

namespace fettle::events {
namespace {

void step_latch(Latch& latch, double value, double limit, double slack, Nanos wait, MonoTime now) {
  // Without slack a value that lies on its limit is bad on either side.
  const bool is_bad = latch.is_on && slack > 0 ? value > limit - slack : value >= limit;
  if (is_bad == latch.is_on) {
    latch.is_pending = false;
    return;
  }
  if (!latch.is_pending) {
    latch.is_pending = true;
    latch.since = now;
  }
  if (now - latch.since < wait) return;
  latch.is_on = is_bad;
  latch.is_pending = false;
}

}  // namespace

WatchState watch_state_of(Level open) {
  WatchState state;
  state.warning.is_on = open != Level::ok;
  state.error.is_on = open == Level::error;
  return state;
}

void interrupt_watch(WatchState& state) {
  state.warning.is_pending = state.error.is_pending = false;
}

Nanos calm_time(const WatchLimits& limits, int flaps) {
  if (flaps == 0) return limits.calm;
  return std::max<Nanos>(limits.calm, kFlapCalm) * (1 << std::min(flaps, kMostFlaps));
}

void step_watch(WatchState& state, const WatchLimits& limits, double value, MonoTime now) {
  if (std::isnan(value)) return interrupt_watch(state);
  const Level before = state.level();
  const auto step = [&](Latch& latch, double limit) {
    if (std::isnan(limit)) {
      latch = {};  // a limit that was taken away holds nothing open
    } else {
      step_latch(latch, value, limit, limits.slack,
                 latch.is_on ? calm_time(limits, state.flaps) : limits.hold, now);
    }
  };
  step(state.warning, limits.warning);
  step(state.error, limits.error);
  const Level after = state.level();
  if (before == Level::ok && after != Level::ok) {
    const bool is_return = state.closed_at && now - *state.closed_at < kFlapWindow;
    state.flaps = is_return ? static_cast<std::uint8_t>(std::min(state.flaps + 1, kMostFlaps)) : 0;
  }
  if (before != Level::ok && after == Level::ok) state.closed_at = now;
}

ConditionChange decide_condition(const Condition* open, const ConditionClaim* claim) {
  if (open == nullptr) return claim == nullptr ? ConditionChange::none : ConditionChange::opened;
  if (claim == nullptr) return ConditionChange::closed;
  if (claim->severity == open->severity) return ConditionChange::none;
  return claim->severity > open->severity ? ConditionChange::worsened : ConditionChange::improved;
}

}  // namespace fettle::events
