// How many errors each environment had in the last day: a count for each quarter of an hour, kept as they
// come, so that asking costs the same whatever happened. Loop thread.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "fettle/base/id.h"
#include "fettle/base/time.h"

namespace fettle::events {

class ErrorCount {
 public:
  static constexpr std::chrono::minutes kStep{15};
  static constexpr std::int64_t kSteps = 96;  // a day

  void add(const EnvironmentId& environment, WallTime at, std::uint64_t count = 1);
  [[nodiscard]] std::uint64_t lately(const std::vector<EnvironmentId>& environments, WallTime now) const;
  static std::int64_t step_of(WallTime at) {
    return unix_ms(at) / std::chrono::duration_cast<Millis>(kStep).count();
  }

 private:
  struct Cell {
    std::int64_t step = -1;
    std::uint64_t count = 0;
  };
  std::map<EnvironmentId, std::array<Cell, kSteps>> cells_;
};

}  // namespace fettle::events
