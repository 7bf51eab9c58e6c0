// The one event loop of a process. Everything that decides runs on it, so services need no locks.
// `AsioLoop` (asio_loop.h) is the real one; `SimLoop` (sim/) runs the same services under a virtual clock and
// a seed.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>

#include "fettle/io/task.h"

namespace fettle::io {

class WorkQueue;

class Loop {
 public:
  virtual ~Loop() = default;

  /// Runs `work` on the loop, later, never inside this call. From any thread. Order is kept per calling
  /// thread.
  virtual void post(Callback work) = 0;

  /// A bounded queue of blocking work with its own threads (the store's writer, the journal, the readers, the
  /// pool). In the simulation the work runs inline at points that the seed chooses. `name` is for logs and
  /// figures.
  virtual std::unique_ptr<WorkQueue> make_work_queue(std::string name, std::size_t threads,
                                                     std::size_t capacity) = 0;

  /// For `io`, `net` and `store` only (the layer tool keeps Asio out of everything else).
  virtual boost::asio::any_io_executor executor() = 0;

  /// The executor that a task of this name (a literal) runs on; the real loop times its turns. For TaskScope
  /// only.
  virtual boost::asio::any_io_executor executor_for(const char* task_name) {
    static_cast<void>(task_name);
    return executor();
  }
};

}  // namespace fettle::io
