// Blocking or long work beside the loop: functions that take values and give values back, and touch no state
// of the loop.
#pragma once
#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

#include "fettle/base/result.h"
#include "fettle/io/task.h"

namespace fettle::io {

class WorkQueue {
 public:
  virtual ~WorkQueue() = default;  // joins; what is queued still runs
  /// False when `capacity` jobs wait already. With one thread, jobs run in the order of submission. Loop
  /// thread only.
  [[nodiscard]] virtual bool try_submit(Callback job) = 0;
  [[nodiscard]] virtual std::size_t waiting() const = 0;
  [[nodiscard]] virtual std::size_t capacity() const = 0;
  [[nodiscard]] virtual std::string_view name() const = 0;
};

class Loop;

/// Suspends the caller until `resume` is called (from the loop). Building block of offload and of waits on
/// the store. `start` runs at once with the function that resumes; that function must be called exactly once,
/// on the loop. When the waiting task is cancelled the wait ends by exception, and a later call of the
/// function does nothing.
Task<void> suspend_until_called(std::move_only_function<void(Callback resume)> start);

/// Runs `function` on the queue and returns its value on the loop: `co_await offload(loop, queue, [v]{...})`.
/// A function that returns Result<T> gives Result<T>, not a nested one. Error `unavailable` when the queue is
/// full; an exception inside becomes `internal`. Cancelling the waiting task does not stop the function; its
/// value is dropped. `function` must own what it uses.
template <class F>
auto offload(Loop& loop, WorkQueue& queue, F function);

/// The part of offload that is no template. Returns when `work` has run; errors as above.
Task<Result<>> run_on_queue(Loop& loop, WorkQueue& queue, Callback work);

}  // namespace fettle::io

#include "fettle/io/offload_impl.h"
