// The template of offload; included by work_queue.h only.
#pragma once
#include <memory>
#include <optional>

namespace fettle::io {
namespace detail {

template <class T>
struct Flat {
  using type = T;
};
template <class T>
struct Flat<Result<T>> {
  using type = T;
};

}  // namespace detail

template <class F>
auto offload(Loop& loop, WorkQueue& queue, F function) {
  using R = std::invoke_result_t<F&>;
  using T = typename detail::Flat<R>::type;
  // A plain function with parameters, not a lambda coroutine with captures: its frame owns everything.
  struct Run {
    static Task<Result<T>> go(Loop& on, WorkQueue& at, F body) {
      auto slot = std::make_shared<std::optional<Result<T>>>();  // the job may outlive a cancelled caller
      Callback job = [slot, body = std::move(body)]() mutable {
        if constexpr (std::is_void_v<R>) {
          body();
          slot->emplace();
        } else {
          slot->emplace(body());
        }
      };
      Result<> ran = co_await run_on_queue(on, at, std::move(job));
      if (!ran) co_return std::unexpected(std::move(ran).error());
      co_return std::move(**slot);
    }
  };
  return Run::go(loop, queue, std::move(function));
}

}  // namespace fettle::io
