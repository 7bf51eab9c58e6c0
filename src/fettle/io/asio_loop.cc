#include "fettle/io/asio_loop.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/require.hpp>

#include "fettle/io/log.h"
#include "fettle/io/thread_work_queue.h"
#include "fettle/io/turn_watch.h"

namespace fettle::io {

struct AsioLoop::Impl {
  TurnWatch watch;  // outlives the handlers that the context drops when it goes
  boost::asio::io_context context{1};
};

AsioLoop::AsioLoop() : impl_(std::make_unique<Impl>()) {}
AsioLoop::~AsioLoop() = default;

void AsioLoop::post(Callback work) {
  boost::asio::post(impl_->context, [this, work = std::move(work)]() mutable {
    impl_->watch.run("callback", std::move(work));
  });
}

std::unique_ptr<WorkQueue> AsioLoop::make_work_queue(std::string name, std::size_t threads,
                                                     std::size_t capacity) {
  return std::make_unique<ThreadWorkQueue>(std::move(name), threads, capacity);
}

boost::asio::any_io_executor AsioLoop::executor() {
  return impl_->context.get_executor();
}

boost::asio::any_io_executor AsioLoop::executor_for(const char* task_name) {
  return TimedExecutor(impl_->context.get_executor(), impl_->watch.named(task_name));
}

void AsioLoop::run() {
  const auto guard = boost::asio::make_work_guard(impl_->context);
  impl_->context.restart();
  impl_->context.run();
}

void AsioLoop::stop() {
  impl_->context.stop();
}

void AsioLoop::log_slow_turns(Log& log) {
  impl_->watch.log_to(log.with("loop"));
}

LoopFigures AsioLoop::figures() const {
  return {.turns = impl_->watch.turns.load(std::memory_order_relaxed),
          .slow_turns = impl_->watch.slow_turns.load(std::memory_order_relaxed),
          .delayed_turns = impl_->watch.delayed_turns.load(std::memory_order_relaxed),
          .longest_turn_us = impl_->watch.longest_ns.load(std::memory_order_relaxed) / 1000};
}

}  // namespace fettle::io
