// One moment that can be moved: calls back on the loop when it has come. Moving it to a later time costs
// nothing, to an earlier one a sleeper. Loop thread; its scope is stopped before it goes.
#pragma once
#include <functional>
#include <optional>
#include <set>

#include "fettle/io/clock.h"
#include "fettle/io/task_scope.h"

namespace fettle::agent {

class Alarm {
 public:
  /// `on_due` may call set() again.
  Alarm(io::Clock& clock, io::TaskScope& tasks, std::function<void()> on_due)
      : clock_(clock), tasks_(tasks), on_due_(std::move(on_due)) {}
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

  /// Replaces the moment that was set before.
  void set(MonoTime due);
  void clear() { due_.reset(); }
  [[nodiscard]] bool is_set() const { return due_.has_value(); }

 private:
  /// Sleepers are only ever added for an earlier moment than all others; past this number the moment is met
  /// by the earliest of them.
  static constexpr std::size_t kMostSleepers = 4;
  Task<void> sleep(MonoTime wake);
  [[nodiscard]] bool is_covered() const;

  io::Clock& clock_;
  io::TaskScope& tasks_;
  const std::function<void()> on_due_;
  std::optional<MonoTime> due_;
  std::multiset<MonoTime> wakes_;  // of the sleepers
  bool is_calling_ = false;
};

}  // namespace fettle::agent
