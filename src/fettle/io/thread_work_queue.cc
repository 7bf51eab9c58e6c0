#include "fettle/io/thread_work_queue.h"

#include <pthread.h>
#include <signal.h>

#include "fettle/base/check.h"

namespace fettle::io {

ThreadWorkQueue::ThreadWorkQueue(std::string name, std::size_t threads, std::size_t capacity)
    : name_(std::move(name)), capacity_(capacity) {
  FETTLE_CHECK(threads > 0 && capacity > 0);
  // Signals belong to the loop's thread: the new threads inherit a mask that blocks them all.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  for (std::size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this] { work(); });
    pthread_setname_np(threads_.back().native_handle(),
                       name_.substr(0, 15).c_str());  // Source: prctl(2), 16 bytes
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

ThreadWorkQueue::~ThreadWorkQueue() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool ThreadWorkQueue::try_submit(Callback job) {
  {
    const std::lock_guard lock(mutex_);
    if (closing_ || jobs_.size() >= capacity_) return false;
    jobs_.push_back(std::move(job));
  }
  changed_.notify_one();
  return true;
}

std::size_t ThreadWorkQueue::waiting() const {
  const std::lock_guard lock(mutex_);
  return jobs_.size();
}

void ThreadWorkQueue::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return closing_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    {
      Callback job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job();
    }
    lock.lock();
  }
}

}  // namespace fettle::io
