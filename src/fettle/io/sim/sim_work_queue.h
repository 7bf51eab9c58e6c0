// A work queue without threads: SimLoop runs its jobs inline, one a turn, and hands over what they post one a
// turn too.
#pragma once
#include <deque>
#include <string>

#include "fettle/base/time.h"
#include "fettle/io/sim/sim_loop.h"
#include "fettle/io/work_queue.h"

namespace fettle::io {

class SimWorkQueue final : public WorkQueue {
 public:
  SimWorkQueue(SimLoop& loop, std::string name, std::size_t threads, std::size_t capacity);
  ~SimWorkQueue() override;
  SimWorkQueue(const SimWorkQueue&) = delete;
  SimWorkQueue& operator=(const SimWorkQueue&) = delete;

  [[nodiscard]] bool try_submit(Callback job) override;
  [[nodiscard]] std::size_t waiting() const override { return jobs_.size(); }
  [[nodiscard]] std::size_t capacity() const override { return capacity_; }
  [[nodiscard]] std::string_view name() const override { return name_; }

 private:
  friend class SimLoop;
  struct Job {
    Callback work;
    MonoTime ready;
  };
  /// The first `threads_` jobs are in the hands of a thread; any of those that are ready may run next.
  [[nodiscard]] std::vector<std::size_t> ready_jobs() const;
  [[nodiscard]] std::optional<MonoTime> next_ready() const;
  void run_job(std::size_t index);
  void deliver_one();
  void give_to_threads();

  SimLoop& loop_;
  const std::string name_;
  const std::size_t threads_;
  const std::size_t capacity_;
  std::deque<Callback> jobs_;    // no thread has these yet
  std::vector<Job> in_hand_;     // at most one a thread
  std::deque<Callback> posted_;  // by jobs, on their way to the loop
};

}  // namespace fettle::io
