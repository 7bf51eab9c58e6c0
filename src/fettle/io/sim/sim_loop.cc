#include "fettle/io/sim/sim_loop.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "fettle/base/check.h"
#include "fettle/io/sim/sim_work_queue.h"

namespace fettle::io {
namespace {

/// More turns than any honest instant has: two tasks are waking each other for ever.
constexpr std::uint64_t kMostTurnsAtOneTime = 20'000'000;

}  // namespace

struct SimLoop::Impl {
  boost::asio::io_context context{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard = make_work_guard(context);
};

SimLoop::SimLoop(std::uint64_t seed)
    : impl_(std::make_unique<Impl>()),
      random_(seed),
      now_(Seconds(1000)),  // a machine that has been up for a while: subtracting a timeout stays positive
      hash_(seed) {}

SimLoop::~SimLoop() {
  timers_.clear();
  FETTLE_CHECK(queues_.empty(), "a work queue outlives its loop");
}

void SimLoop::post(Callback work) {
  if (working_ != nullptr) {
    working_->posted_.push_back(std::move(work));
    return;
  }
  boost::asio::post(impl_->context, [work = std::move(work)]() mutable { work(); });
}

std::unique_ptr<WorkQueue> SimLoop::make_work_queue(std::string name, std::size_t threads,
                                                    std::size_t capacity) {
  return std::make_unique<SimWorkQueue>(*this, std::move(name), threads, capacity);
}

boost::asio::any_io_executor SimLoop::executor() {
  return impl_->context.get_executor();
}

bool SimLoop::turn() {
  struct Choice {
    SimWorkQueue* queue;
    std::optional<std::size_t> job;  // none: hand over what a job posted
  };
  std::vector<Choice> choices;
  for (SimWorkQueue* queue : queues_) {
    for (const std::size_t job : queue->ready_jobs()) choices.push_back({queue, job});
    if (!queue->posted_.empty()) choices.push_back({queue, std::nullopt});
  }
  const std::size_t choice =
      choices.empty() ? 0 : static_cast<std::size_t>(random_.below(choices.size() + 1));
  std::size_t done = choices.size();
  if (choice == choices.size()) {
    if (impl_->context.poll_one() == 0) {
      if (choices.empty()) return false;
      done = static_cast<std::size_t>(random_.below(choices.size()));
    }
  } else {
    done = choice;
  }
  if (done < choices.size()) {
    const Choice& taken = choices[done];
    if (taken.job) {
      taken.queue->run_job(*taken.job);
    } else {
      taken.queue->deliver_one();
    }
  }
  ++turns_;
  trace(done);
  FETTLE_CHECK(++turns_at_this_time_ < kMostTurnsAtOneTime,
               "virtual time stands still: something never rests");
  if (check_) check_();
  return true;
}

std::optional<MonoTime> SimLoop::next_time() const {
  std::optional<MonoTime> next;
  if (!timers_.empty()) next = timers_.begin()->first.first;
  for (const SimWorkQueue* queue : queues_) {
    const auto ready = queue->next_ready();
    if (ready && (!next || *ready < *next)) next = ready;
  }
  return next;
}

void SimLoop::pass_time(Nanos duration) {
  if (duration <= Nanos(0)) return;
  now_ += duration;
  turns_at_this_time_ = 0;
  trace(static_cast<std::uint64_t>(now_.time_since_epoch().count()));
}

void SimLoop::advance_to(MonoTime time) {
  pass_time(time - now_);
  while (!timers_.empty() && timers_.begin()->first.first <= now_) {
    auto timer = timers_.extract(timers_.begin());
    timer_due_.erase(timer.key().second);
    post(std::move(timer.mapped()));
  }
}

bool SimLoop::run_until(const std::function<bool()>& done, Nanos limit) {
  const MonoTime end = now_ + limit;
  while (!done()) {
    advance_to(now_);
    if (turn()) continue;
    const auto next = next_time();
    if (!next) return false;
    if (*next > end) {
      advance_to(end);
      return done();
    }
    advance_to(*next);
  }
  return true;
}

void SimLoop::run_for(Nanos duration) {
  const MonoTime end = now_ + duration;
  run_until([] { return false; }, duration);
  advance_to(end);
}

void SimLoop::run_ready() {
  advance_to(now_);
  while (turn()) advance_to(now_);
}

void SimLoop::run(Task<void> task, Nanos limit) {
  bool ended = false;
  std::exception_ptr fault;
  boost::asio::co_spawn(executor(), std::move(task), [&](const std::exception_ptr& thrown) {
    fault = thrown;
    ended = true;
  });
  FETTLE_CHECK(run_until([&] { return ended; }, limit), "the task does not end");
  if (fault) std::rethrow_exception(fault);
}

std::uint64_t SimLoop::add_timer(MonoTime due, Callback work) {
  const std::uint64_t number = next_timer_++;
  timers_.emplace(std::pair(due, number), std::move(work));
  timer_due_.emplace(number, due);
  return number;
}

void SimLoop::cancel_timer(std::uint64_t number) {
  const auto found = timer_due_.find(number);
  if (found == timer_due_.end()) return;
  timers_.erase(std::pair(found->second, number));
  timer_due_.erase(found);
}

void SimLoop::set_work_delay(const std::string& prefix, WorkDelay delay) {
  FETTLE_CHECK(delay.least >= Nanos(0) && delay.most >= delay.least);
  delays_[prefix] = delay;
}

WorkDelay SimLoop::delay_of(std::string_view queue) const {
  WorkDelay delay;
  for (const auto& [prefix, value] : delays_) {
    if (queue.starts_with(prefix)) delay = value;  // in order: the longest matching prefix comes last
  }
  return delay;
}

void SimLoop::trace(std::uint64_t what) {
  // Source: FNV-1a's shape on 64-bit words with a rotation, so that order matters.
  hash_ = std::rotl((hash_ ^ what) * 0x100000001B3U, 23);
}

void SimLoop::trace(std::string_view what) {
  for (const char c : what) trace(static_cast<std::uint64_t>(static_cast<unsigned char>(c)));
  trace(what.size());
}

}  // namespace fettle::io
