// A loop for the length of one task: how the short commands use what is written for the loop.
#pragma once
#include <functional>

#include "fettle/io/clock.h"
#include "fettle/io/loop.h"
#include "fettle/io/task.h"

namespace fettle::app {

/// Runs the task to its end; SIGINT and SIGTERM cancel it.
void run_one_task(const std::function<Task<void>(io::Loop& loop, io::Clock& clock)>& make);

}  // namespace fettle::app
