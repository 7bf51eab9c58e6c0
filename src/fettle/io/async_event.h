// Waiting for something on the loop. Loop thread only; both wake waiters on a later turn, in order of
// waiting.
#pragma once
#include <deque>
#include <memory>
#include <optional>

#include "fettle/io/task.h"

namespace fettle::io {

/// A flag with waiters: `wait` returns when it is set; it stays set until `reset`.
class AsyncEvent {
 public:
  AsyncEvent();
  ~AsyncEvent();
  AsyncEvent(const AsyncEvent&) = delete;
  AsyncEvent& operator=(const AsyncEvent&) = delete;
  void set();
  void reset();
  [[nodiscard]] bool is_set() const;
  /// Cancellation ends it by exception.
  Task<void> wait();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// A bounded queue with one consumer. `try_push` is false when it is full or closed; `pop` gives nullopt once
/// it is closed and empty.
template <class T>
class Mailbox {
 public:
  explicit Mailbox(std::size_t capacity) : capacity_(capacity) {}
  [[nodiscard]] bool try_push(T item) {
    if (closed_ || items_.size() >= capacity_) return false;
    items_.push_back(std::move(item));
    ready_.set();
    return true;
  }
  void close() {
    closed_ = true;
    ready_.set();
  }
  Task<std::optional<T>> pop() {
    while (items_.empty() && !closed_) {
      ready_.reset();
      co_await ready_.wait();
    }
    if (items_.empty()) co_return std::nullopt;
    std::optional<T> item(std::move(items_.front()));
    items_.pop_front();
    co_return item;
  }
  [[nodiscard]] std::size_t size() const { return items_.size(); }
  [[nodiscard]] bool is_closed() const { return closed_; }

 private:
  std::size_t capacity_;
  std::deque<T> items_;
  bool closed_ = false;
  AsyncEvent ready_;
};

}  // namespace fettle::io
