#include "fettle/io/system_clock.h"

#include <time.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "fettle/io/loop.h"

namespace fettle::io {
namespace {

/// One wait of the timer; a longer sleep is made of several. Bounds what a suspended machine oversleeps as
/// well.
constexpr auto kLongestWait = std::chrono::hours(1);

Nanos read_clock(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return Seconds(now.tv_sec) + Nanos(now.tv_nsec);
}

}  // namespace

WallTime system_wall_now() {
  return WallTime(std::chrono::duration_cast<Micros>(read_clock(CLOCK_REALTIME)));
}

WallTime SystemClock::wall_now() const {
  return system_wall_now();
}

MonoTime SystemClock::mono_now() const {
  return MonoTime(read_clock(CLOCK_BOOTTIME));
}

Task<void> SystemClock::sleep_until(MonoTime due) {
  boost::asio::steady_timer timer(loop_.executor());
  for (MonoTime now = mono_now(); now < due; now = mono_now()) {
    timer.expires_after(std::min<Nanos>(due - now, kLongestWait));
    co_await timer.async_wait(boost::asio::use_awaitable);
  }
}

}  // namespace fettle::io
