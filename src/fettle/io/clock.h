// Time as the services see it. Injected everywhere; nobody else reads a clock (the layer tool checks it).
#pragma once
#include "fettle/base/time.h"
#include "fettle/io/task.h"

namespace fettle::io {

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual WallTime wall_now() const = 0;
  [[nodiscard]] virtual MonoTime mono_now() const = 0;
  /// Resumes on the loop at or after `due`. Cancellation ends it by exception. Loop thread only.
  virtual Task<void> sleep_until(MonoTime due) = 0;
  Task<void> sleep_for(Nanos duration) { return sleep_until(mono_now() + duration); }
};

}  // namespace fettle::io
