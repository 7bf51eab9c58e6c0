// A task with an end: for dialling and single requests, never for hot paths (those have sweeps).
#pragma once
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/multiple_exceptions.hpp>

#include "fettle/base/result.h"
#include "fettle/io/clock.h"

namespace fettle::net {

/// The value of `task`, or `timeout` with this sentence when `due` comes first; the task is then cancelled.
/// Cancelling the caller cancels both and ends it by exception as everywhere.
template <class T>
Task<Result<T>> with_deadline(io::Clock& clock, MonoTime due, std::string detail, Task<Result<T>> task) {
  using boost::asio::experimental::awaitable_operators::operator||;
  try {
    auto first = co_await (std::move(task) || clock.sleep_until(due));
    if (first.index() == 0) co_return std::move(std::get<0>(first));
  } catch (const boost::asio::multiple_exceptions& both) {
    std::rethrow_exception(both.first_exception());
  }
  co_return fail(ErrorCode::timeout, "timeout", std::move(detail));
}

}  // namespace fettle::net
