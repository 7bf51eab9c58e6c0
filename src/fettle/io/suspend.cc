#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>

#include "fettle/base/check.h"
#include "fettle/io/give_way.h"
#include "fettle/io/loop.h"
#include "fettle/io/work_queue.h"

namespace fettle::io {
namespace {

/// One suspended caller. Whoever comes first, the resume function or the cancellation, takes `complete`.
struct Wait {
  std::move_only_function<void(boost::system::error_code)> complete;
  boost::asio::cancellation_slot slot;

  void finish(boost::system::error_code outcome) {
    if (!complete) return;
    auto taken = std::move(complete);
    complete = nullptr;
    taken(outcome);
  }
};

struct StartWait {
  template <class Handler>
  void operator()(Handler handler, std::move_only_function<void(Callback)> start) const {
    auto wait = std::make_shared<Wait>();
    wait->slot = boost::asio::get_associated_cancellation_slot(handler);
    const auto executor = boost::asio::get_associated_executor(handler);
    // Posted, never called from here: neither `resume` nor a cancellation may run the waiter inside itself.
    wait->complete = [handler = std::move(handler), executor](boost::system::error_code outcome) mutable {
      boost::asio::post(executor,
                        [handler = std::move(handler), outcome]() mutable { std::move(handler)(outcome); });
    };
    if (wait->slot.is_connected()) {
      wait->slot.assign(
          [wait](boost::asio::cancellation_type) { wait->finish(boost::asio::error::operation_aborted); });
    }
    start([wait] {
      if (!wait->complete) return;
      if (wait->slot.is_connected()) wait->slot.clear();
      wait->finish({});
    });
  }
};

}  // namespace

Task<void> suspend_until_called(std::move_only_function<void(Callback resume)> start) {
  co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>&,
                                       void(boost::system::error_code)>(
      StartWait{}, boost::asio::use_awaitable, std::move(start));
}

Task<void> give_way(Loop& loop) {
  co_await suspend_until_called([&loop](Callback resume) { loop.post(std::move(resume)); });
}

Task<Result<>> run_on_queue(Loop& loop, WorkQueue& queue, Callback work) {
  struct Job {
    Callback work;
    Callback resume;
    Result<> outcome;
  };
  auto job = std::make_shared<Job>();
  job->work = std::move(work);
  co_await suspend_until_called([&loop, &queue, job](Callback resume) {
    job->resume = std::move(resume);
    const bool accepted = queue.try_submit([&loop, job] {
      try {
        job->work();
      } catch (const std::exception& fault) {
        job->outcome = fail(ErrorCode::internal, "work_failed", fault.what());
      } catch (...) {
        job->outcome = fail(ErrorCode::internal, "work_failed", "an exception of unknown type");
      }
      loop.post([job] { job->resume(); });  // holds the job, so that it ends on the loop
    });
    if (accepted) return;
    job->outcome = fail(ErrorCode::unavailable, "queue_full",
                        "the queue '" + std::string(queue.name()) + "' is full; try again soon");
    job->resume();
  });
  co_return std::move(job->outcome);
}

}  // namespace fettle::io
