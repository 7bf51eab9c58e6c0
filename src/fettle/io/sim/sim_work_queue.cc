#include "fettle/io/sim/sim_work_queue.h"

#include "fettle/base/check.h"

namespace fettle::io {

SimWorkQueue::SimWorkQueue(SimLoop& loop, std::string name, std::size_t threads, std::size_t capacity)
    : loop_(loop), name_(std::move(name)), threads_(threads), capacity_(capacity) {
  FETTLE_CHECK(threads > 0 && capacity > 0);
  loop_.queues_.push_back(this);
}

SimWorkQueue::~SimWorkQueue() {
  while (!in_hand_.empty()) run_job(0);
  while (!posted_.empty()) deliver_one();
  std::erase(loop_.queues_, this);
}

bool SimWorkQueue::try_submit(Callback job) {
  if (jobs_.size() >= capacity_) return false;
  jobs_.push_back(std::move(job));
  give_to_threads();
  return true;
}

void SimWorkQueue::give_to_threads() {
  while (in_hand_.size() < threads_ && !jobs_.empty()) {
    const WorkDelay delay = loop_.delay_of(name_);
    const auto spread = static_cast<std::uint64_t>((delay.most - delay.least).count());
    const auto drawn = spread > 0 ? static_cast<std::int64_t>(loop_.random_.below(spread + 1)) : 0;
    in_hand_.push_back({std::move(jobs_.front()), loop_.now() + delay.least + Nanos(drawn)});
    jobs_.pop_front();
  }
}

std::vector<std::size_t> SimWorkQueue::ready_jobs() const {
  std::vector<std::size_t> ready;
  for (std::size_t i = 0; i < in_hand_.size(); ++i) {
    if (in_hand_[i].ready <= loop_.now()) ready.push_back(i);
  }
  return ready;
}

std::optional<MonoTime> SimWorkQueue::next_ready() const {
  std::optional<MonoTime> next;
  for (const Job& job : in_hand_) {
    if (!next || job.ready < *next) next = job.ready;
  }
  return next;
}

void SimWorkQueue::run_job(std::size_t index) {
  {
    Callback work = std::move(in_hand_[index].work);
    in_hand_.erase(in_hand_.begin() + static_cast<std::ptrdiff_t>(index));
    SimWorkQueue* const outer = std::exchange(loop_.working_, this);
    work();
    loop_.working_ = outer;
  }
  give_to_threads();
}

void SimWorkQueue::deliver_one() {
  Callback work = std::move(posted_.front());
  posted_.pop_front();
  loop_.post(std::move(work));
}

}  // namespace fettle::io
