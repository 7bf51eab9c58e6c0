// The real WorkQueue: its own threads, a bounded list of jobs. Made by AsioLoop.
#pragma once
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "fettle/io/work_queue.h"

namespace fettle::io {

class ThreadWorkQueue final : public WorkQueue {
 public:
  ThreadWorkQueue(std::string name, std::size_t threads, std::size_t capacity);
  ~ThreadWorkQueue() override;
  ThreadWorkQueue(const ThreadWorkQueue&) = delete;
  ThreadWorkQueue& operator=(const ThreadWorkQueue&) = delete;

  [[nodiscard]] bool try_submit(Callback job) override;
  [[nodiscard]] std::size_t waiting() const override;
  [[nodiscard]] std::size_t capacity() const override { return capacity_; }
  [[nodiscard]] std::string_view name() const override { return name_; }

 private:
  void work();

  const std::string name_;
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Callback> jobs_;
  bool closing_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace fettle::io
