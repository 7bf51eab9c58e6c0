#include "fettle/io/sim/sim_clock.h"

#include "fettle/io/work_queue.h"

namespace fettle::io {
namespace {

/// Takes the timer out again when the sleep ends by cancellation.
struct Timer {
  SimLoop& loop;
  std::uint64_t number = 0;
  explicit Timer(SimLoop& on) : loop(on) {}
  ~Timer() { loop.cancel_timer(number); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
};

Task<void> sleep_on(SimLoop& loop, MonoTime due) {
  Timer timer(loop);
  co_await suspend_until_called(
      [&timer, due](Callback resume) { timer.number = timer.loop.add_timer(due, std::move(resume)); });
}

}  // namespace

SimClock::SimClock(SimLoop& loop, Micros offset) : loop_(loop), began_(Seconds(1000)), offset_(offset) {}

WallTime SimClock::wall_now() const {
  return kSimWallStart + std::chrono::floor<Micros>(loop_.now() - began_) + offset_;
}

Task<void> SimClock::sleep_until(MonoTime due) {
  if (due <= loop_.now()) co_return;
  co_await sleep_on(loop_, due);
}

}  // namespace fettle::io
