#include "fettle/io/async_event.h"

#include <map>

#include "fettle/io/work_queue.h"

namespace fettle::io {

struct AsyncEvent::State {
  bool is_set = false;
  std::uint64_t next = 0;
  std::map<std::uint64_t, Callback> waiters;  // by order of waiting

  /// Takes a waiter out again when its wait ends in any way, so that cancelled ones do not pile up.
  struct Entry {
    std::shared_ptr<State> state;
    std::uint64_t number;
    Entry(std::shared_ptr<State> owner, std::uint64_t id) : state(std::move(owner)), number(id) {}
    ~Entry() { state->waiters.erase(number); }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
  };

  static Task<void> wait(std::shared_ptr<State> state) {
    if (state->is_set) co_return;
    const Entry entry(state, state->next++);
    co_await suspend_until_called([state, number = entry.number](Callback resume) {
      state->waiters.emplace(number, std::move(resume));
    });
  }
};

AsyncEvent::AsyncEvent() : state_(std::make_shared<State>()) {}
AsyncEvent::~AsyncEvent() = default;

void AsyncEvent::set() {
  state_->is_set = true;
  auto waiters = std::move(state_->waiters);
  state_->waiters.clear();
  for (auto& [number, resume] : waiters) resume();
}

void AsyncEvent::reset() {
  state_->is_set = false;
}
bool AsyncEvent::is_set() const {
  return state_->is_set;
}
Task<void> AsyncEvent::wait() {
  return State::wait(state_);
}

}  // namespace fettle::io
