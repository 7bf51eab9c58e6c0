// Settings of what is watched: an override changes some values of one kind for an environment, for the hosts
// of it that have a label, or for one host; for all targets or one (a mount, a sensor). For each value the
// most specific one wins. Pure.
#pragma once
#include <array>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fettle/base/id.h"
#include "fettle/base/time.h"
#include "fettle/events/condition_rules.h"
#include "fettle/fleet/watch_kinds.h"

namespace fettle {

struct ThresholdTag {
  static constexpr std::string_view prefix = "threshold";
};
using ThresholdId = Id<ThresholdTag>;

}  // namespace fettle

namespace fettle::fleet {

enum class ThresholdScope : std::uint8_t { standard, environment, label, host };

struct Threshold {
  ThresholdId id;
  EnvironmentId environment;
  std::optional<HostId> host;        // at most one of host and label
  std::optional<std::string> label;  // "role" or "role=db"
  std::optional<std::string> target;
  WatchKindId kind = WatchKindId::disk_space;
  // What is not given is left to the less specific ones.
  std::optional<double> warning, error;
  std::optional<std::int64_t> hold_seconds;
  std::optional<bool> is_watched;
  WallTime changed_at;
  std::string changed_by;
  std::int64_t version = 1;

  [[nodiscard]] ThresholdScope scope() const {
    if (host) return ThresholdScope::host;
    return label ? ThresholdScope::label : ThresholdScope::environment;
  }
};

/// A host, as far as thresholds care.
struct ThresholdSubject {
  EnvironmentId environment;
  HostId host;
  const std::map<std::string, std::string>& labels;
};

/// A value and where it comes from.
template <class T>
struct Settled {
  T value{};
  ThresholdScope scope = ThresholdScope::standard;
  std::optional<ThresholdId> from;
};

struct EffectiveThreshold {
  Settled<double> warning, error;  // kNoLimit: none
  Settled<std::int64_t> hold_seconds;
  Settled<bool> is_watched;
};

/// `overrides` in any order. Of two labels that fit the one that comes first in the alphabet wins.
EffectiveThreshold decide_threshold(std::span<const Threshold> overrides, const ThresholdSubject& subject,
                                    WatchKindId kind, std::string_view target);
/// As a watch wants them: greater is worse.
events::WatchLimits watch_limits(WatchKindId kind, const EffectiveThreshold& effective);

}  // namespace fettle::fleet
