#include "fettle/app/one_task.h"

#include <csignal>

#include "fettle/app/loop_end.h"
#include "fettle/io/asio_loop.h"
#include "fettle/io/log.h"
#include "fettle/io/log_sink.h"
#include "fettle/io/signals.h"
#include "fettle/io/system_clock.h"
#include "fettle/io/task_scope.h"

namespace fettle::app {
namespace {

/// Ends the loop however the task ends.
struct StopAtEnd {
  io::AsioLoop& loop;
  ~StopAtEnd() { stop_after_this_task(loop); }
};

Task<void> run_and_stop(Task<void> task, io::AsioLoop& loop) {
  const StopAtEnd stop{loop};
  co_await std::move(task);
}

}  // namespace

void run_one_task(const std::function<Task<void>(io::Loop& loop, io::Clock& clock)>& make) {
  io::AsioLoop loop;
  io::SystemClock clock(loop);
  io::Log log(std::make_shared<io::StderrSink>(io::LogFormat::text, io::LogLevel::warn), "cli");
  io::TaskScope tasks(loop, log);
  const io::Signals signals(loop, [&tasks](int signal) {
    if (signal != SIGHUP) tasks.cancel();
  });
  tasks.spawn("command", run_and_stop(make(loop, clock), loop));
  loop.run();
}

}  // namespace fettle::app
