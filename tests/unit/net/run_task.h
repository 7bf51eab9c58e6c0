// Runs one coroutine to its end on a loop of its own.
#pragma once
#include <optional>

#include "fettle/io/asio_loop.h"
#include "fettle/io/log.h"
#include "fettle/io/log_sink.h"
#include "fettle/io/task_scope.h"

namespace fettle::net::test {

template <class T>
Task<void> store_result(Task<T> task, std::optional<T>& out, io::AsioLoop& loop) {
  out.emplace(co_await std::move(task));
  loop.stop();
}

/// The task must not wait for anything but what other tasks of `loop` bring about.
template <class T>
T run_task(io::AsioLoop& loop, io::Log& log, Task<T> task) {
  std::optional<T> out;
  io::TaskScope scope(loop, log);
  scope.spawn("test", store_result(std::move(task), out, loop));
  loop.run();
  while (scope.size() > 0) {
    loop.post([&loop] { loop.stop(); });
    loop.run();
  }
  return std::move(out.value());
}

}  // namespace fettle::net::test
