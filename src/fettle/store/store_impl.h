// The templates of Store; included by store.h only.
#pragma once
#include <memory>
#include <optional>

namespace fettle::store {
namespace detail {

template <class T>
struct Unwrapped {
  using type = T;
  static constexpr bool is_result = false;
};
template <class T>
struct Unwrapped<Result<T>> {
  using type = T;
  static constexpr bool is_result = true;
};

/// Runs the function and says whether its savepoint stands; the outcome of the last run counts (pieces are
/// repeatable).
template <class F, class R>
bool run_into(F& function, Session& session, std::optional<Result<typename Unwrapped<R>::type>>& slot) {
  if constexpr (std::is_void_v<R>) {
    function(session);
    slot.emplace();
    return true;
  } else {
    slot.emplace(function(session));
    return slot->has_value();
  }
}

template <class T>
Result<T> settle(Result<> outcome, std::optional<Result<T>>& slot) {
  if (slot && !slot->has_value()) return std::move(*slot);  // the function's own refusal says more
  if (!outcome) return std::unexpected(std::move(outcome).error());
  return std::move(*slot);
}

}  // namespace detail

template <class F>
auto Store::write(F function, Priority priority) {
  using R = std::invoke_result_t<F&, Session&>;
  using T = typename detail::Unwrapped<R>::type;
  // A plain function with parameters, not a lambda coroutine with captures: its frame owns everything.
  struct Run {
    static Task<Result<T>> go(Store& store, F body, Priority level) {
      auto slot = std::make_shared<std::optional<Result<T>>>();  // the piece may outlive a cancelled caller
      auto shared = std::make_shared<F>(std::move(body));
      std::function<bool(Session&)> piece = [slot, shared](Session& session) {
        return detail::run_into<F, R>(*shared, session, *slot);
      };
      Result<> outcome = co_await store.write_piece(std::move(piece), level);
      co_return detail::settle<T>(std::move(outcome), *slot);
    }
  };
  return Run::go(*this, std::move(function), priority);
}

template <class F>
auto Store::read(F function) {
  using R = std::invoke_result_t<F&, Session&>;
  using T = typename detail::Unwrapped<R>::type;
  struct Run {
    static Task<Result<T>> go(Store& store, F body) {
      auto slot = std::make_shared<std::optional<Result<T>>>();
      auto shared = std::make_shared<F>(std::move(body));
      std::function<void(Session&)> piece = [slot, shared](Session& session) {
        ignore(detail::run_into<F, R>(*shared, session, *slot), "a snapshot has nothing to roll back");
      };
      Result<> outcome = co_await store.read_piece(std::move(piece));
      co_return detail::settle<T>(std::move(outcome), *slot);
    }
  };
  return Run::go(*this, std::move(function));
}

}  // namespace fettle::store
