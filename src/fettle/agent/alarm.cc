#include "fettle/agent/alarm.h"

namespace fettle::agent {

bool Alarm::is_covered() const {
  return !wakes_.empty() && (*wakes_.begin() <= *due_ || wakes_.size() >= kMostSleepers);
}

void Alarm::set(MonoTime due) {
  due_ = due;
  if (is_calling_ || is_covered()) return;  // the sleeper that calls goes on with what was set
  wakes_.insert(due);
  tasks_.spawn("agent.alarm", sleep(due));
}

Task<void> Alarm::sleep(MonoTime wake) {
  for (;;) {
    co_await clock_.sleep_until(wake);
    wakes_.erase(wakes_.find(wake));
    if (due_ && clock_.mono_now() >= *due_) {
      due_.reset();
      is_calling_ = true;
      on_due_();
      is_calling_ = false;
    }
    if (!due_ || is_covered()) co_return;
    wake = *due_;
    wakes_.insert(wake);
  }
}

}  // namespace fettle::agent
