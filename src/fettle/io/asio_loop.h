// The real loop: one io_context, run by the thread that calls run(). Outlives everything that was made with
// it.
#pragma once
#include <memory>

#include "fettle/io/loop.h"

namespace fettle::io {

class Log;

struct LoopFigures {
  std::uint64_t turns = 0;          // resumptions of tasks and posted callbacks
  std::uint64_t slow_turns = 0;     // of those, that computed for longer than kSlowTurn
  std::uint64_t delayed_turns = 0;  // and that took longer without computing
  std::uint64_t longest_turn_us = 0;
};

class AsioLoop final : public Loop {
 public:
  AsioLoop();
  ~AsioLoop() override;
  AsioLoop(const AsioLoop&) = delete;
  AsioLoop& operator=(const AsioLoop&) = delete;

  void post(Callback work) override;
  std::unique_ptr<WorkQueue> make_work_queue(std::string name, std::size_t threads,
                                             std::size_t capacity) override;
  boost::asio::any_io_executor executor() override;
  boost::asio::any_io_executor executor_for(const char* task_name) override;

  /// Runs until stop(). An exception that leaves a posted callback leaves run().
  void run();
  /// From any thread.
  void stop();

  /// Slow turns are logged from now on, at most once a second. Before run().
  void log_slow_turns(Log& log);
  [[nodiscard]] LoopFigures figures() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fettle::io
