// A number of jobs shared out among a few workers on the loop: what `fettle simulate` asks of a server for
// each of its hosts takes two waits for the disk, and a thousand of them one after the other take too long.
#pragma once
#include <cstddef>
#include <functional>

#include "fettle/base/result.h"
#include "fettle/io/task_scope.h"

namespace fettle::app {

struct CrewOrder {
  std::size_t jobs = 0;
  std::function<Task<Result<>>(std::size_t job)> work;
  std::function<bool()> is_over = [] { return false; };  // asked before each job
  std::function<void(std::size_t done)> on_done = [](std::size_t) {};

  static constexpr std::size_t kWorkers = 16;
};

/// Returns when no job runs any more: all are done, one has failed (its error), or it is over (a success).
Task<Result<>> run_crew(io::TaskScope& tasks, CrewOrder order);

}  // namespace fettle::app
