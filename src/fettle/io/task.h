// Task<T>: a coroutine that does nothing until it is awaited or spawned in a TaskScope. All of the product's
// concurrency on the loop is made of these. Cancelling a scope makes its tasks' waits throw; nobody catches
// that.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <functional>

namespace fettle {

template <class T = void>
using Task = boost::asio::awaitable<T>;

using Callback = std::move_only_function<void()>;

}  // namespace fettle
