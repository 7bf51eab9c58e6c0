// Ending the loop from a task that runs on it: two turns later, so that the scope hears of that task's own
// end first.
#pragma once
#include "fettle/io/asio_loop.h"

namespace fettle::app {

inline void stop_after_this_task(io::AsioLoop& loop) {
  loop.post([&loop] { loop.post([&loop] { loop.stop(); }); });
}

}  // namespace fettle::app
