// The only way to start background work. A service owns one as its last member, stops it, and its destructor
// asserts that nothing is left. Loop thread only.
#pragma once
#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "fettle/base/time.h"
#include "fettle/io/task.h"

namespace fettle::io {

class Clock;
class Log;
class Loop;

class TaskScope {
 public:
  TaskScope(Loop& loop, Log& log);
  ~TaskScope();  // checks that it is empty
  TaskScope(const TaskScope&) = delete;
  TaskScope& operator=(const TaskScope&) = delete;

  /// Starts `task` on the loop, later, not inside this call. An exception that leaves it is logged with
  /// `name` (which must be a literal); cancellation is silent. After stop() has begun new tasks are dropped
  /// unstarted.
  void spawn(const char* name, Task<void> task);

  /// Refuses new tasks, cancels all, and returns when the last one has ended. Safe to call twice.
  Task<void> stop();
  /// Cancels all without waiting; the tasks end on later turns of the loop.
  void cancel();

  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  struct State;
  std::shared_ptr<State>
      state_;  // shared with the completion of each task, which may run after this scope has gone
};

}  // namespace fettle::io
