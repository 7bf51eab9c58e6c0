#include "fettle/app/service_watch.h"

namespace fettle::app {

Task<void> feed_watchdog(const io::ServiceNotice& notice, io::Clock& clock) {
  const Nanos interval = notice.alive_interval();
  if (interval <= Nanos(0)) co_return;
  for (;;) {
    notice.alive();
    co_await clock.sleep_for(interval);
  }
}

}  // namespace fettle::app
