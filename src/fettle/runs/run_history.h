// What there is of runs that have ended, and what goes of them, as values.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>

namespace fettle::runs {

struct TargetKey {
  std::string kind, id;
  friend auto operator<=>(const TargetKey&, const TargetKey&) = default;
};

/// Runs of one target that have ended.
struct TargetRuns {
  TargetKey target;
  std::int64_t newest = 0;  // the sequence of its newest run, live or not
  std::int64_t ended = 0;   // how many; 0 where they are not counted
  std::int64_t beyond = 0;  // how many of them go; 0 where they are not counted
  std::int64_t up_to = 0;   // the sequence of the newest that goes; 0: none does
  std::optional<std::int64_t> oldest_ms, oldest_left_ms;  // creation, in milliseconds since 1970
};

/// The ended runs of a target with a sequence up to there.
struct GoingRuns {
  TargetKey target;
  std::int64_t up_to = 0;
};

}  // namespace fettle::runs
