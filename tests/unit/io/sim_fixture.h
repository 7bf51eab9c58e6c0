// A simulated loop with its clock and a log in memory, as most tests of tasks need them.
#pragma once
#include <memory>

#include "fettle/io/log_sink.h"
#include "fettle/io/sim/sim_clock.h"
#include "fettle/io/sim/sim_loop.h"

namespace fettle::io {

struct SimFixture {
  explicit SimFixture(std::uint64_t seed = 1) : loop(seed) {}
  SimLoop loop;
  SimClock clock{loop};
  std::shared_ptr<MemorySink> sink = std::make_shared<MemorySink>();
  Log log{sink, "test"};
};

}  // namespace fettle::io
