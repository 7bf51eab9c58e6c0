// What is counted of runs, for /metrics. Values.
#pragma once
#include <array>
#include <cstdint>

#include "fettle/runs/run.h"

namespace fettle::runs {

inline constexpr std::size_t kRunStates = static_cast<std::size_t>(RunState::abandoned) + 1;

struct RunFigures {
  std::uint64_t started = 0;
  std::array<std::uint64_t, kRunStates> ended{};  // by the state that they ended in
  std::array<std::uint64_t, kRunStates> live{};   // now
  std::uint64_t dropped_lines = 0;                // of logs that were full, of runs that have ended
};

struct HostRunFigures {
  std::size_t unacknowledged_orders = 0;  // sent, and not taken by their agents
  std::size_t waiting_reports = 0;        // of agents, not stored yet
  std::size_t waiting_openings = 0;       // runs that hosts began by themselves, not recorded yet
};

}  // namespace fettle::runs
