// Feeds the watchdog of the service manager from the loop: a sign of life goes out only because the loop has
// turned since the last one. Loop thread.
#pragma once
#include "fettle/io/clock.h"
#include "fettle/io/service_notice.h"
#include "fettle/io/task.h"

namespace fettle::app {

/// Runs until it is cancelled; returns at once when nobody watches.
Task<void> feed_watchdog(const io::ServiceNotice& notice, io::Clock& clock);

}  // namespace fettle::app
