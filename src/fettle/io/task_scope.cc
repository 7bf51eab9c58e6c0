#include "fettle/io/task_scope.h"

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "fettle/base/check.h"
#include "fettle/io/async_event.h"
#include "fettle/io/log.h"
#include "fettle/io/loop.h"

namespace fettle::io {
namespace {

struct Entry {
  explicit Entry(const char* task) : name(task) {}
  const char* name;
  boost::asio::cancellation_signal cancel;
};

/// co_spawn begins inside the call; the turn given up here makes every task begin later.
Task<void> begin_later(Task<void> task) {
  co_await boost::asio::post(boost::asio::use_awaitable);
  co_await std::move(task);
}

void log_fault(Log& log, const char* name, const std::exception_ptr& fault) {
  try {
    std::rethrow_exception(fault);
  } catch (const boost::system::system_error& error) {
    if (error.code() == boost::asio::error::operation_aborted) return;
    log.error("task failed", {{"task", name}, {"error", error.what()}});
  } catch (const std::exception& error) {
    log.error("task failed", {{"task", name}, {"error", error.what()}});
  } catch (...) {
    log.error("task failed", {{"task", name}, {"error", "an exception of unknown type"}});
  }
}

}  // namespace

struct TaskScope::State {
  State(Loop& on, Log& to) : loop(on), log(to) {}
  Loop& loop;
  Log& log;
  std::list<Entry> entries;
  bool stopping = false;
  AsyncEvent empty;

  /// What co_spawn calls at the end. It carries its slot as a member and no executor of its own: with any
  /// other handler co_spawn keeps a raw pointer for an emission on a later turn, when the task may have ended
  /// (Boost 1.81).
  struct Done {
    std::shared_ptr<State> state;
    std::list<Entry>::iterator entry;

    using cancellation_slot_type = boost::asio::cancellation_slot;
    [[nodiscard]] cancellation_slot_type get_cancellation_slot() const noexcept {
      return entry->cancel.slot();
    }
    void operator()(const std::exception_ptr& fault) const {
      if (fault) log_fault(state->log, entry->name, fault);
      state->entries.erase(entry);
      if (state->stopping && state->entries.empty()) state->empty.set();
    }
  };

  void cancel_all() {
    // Each emission only posts: no task runs, and no entry goes, inside this loop.
    for (Entry& entry : entries) entry.cancel.emit(boost::asio::cancellation_type::terminal);
  }
};

TaskScope::TaskScope(Loop& loop, Log& log) : state_(std::make_shared<State>(loop, log)) {}

TaskScope::~TaskScope() {
  FETTLE_CHECK(state_->entries.empty(), "a task outlives its scope: stop() comes first");
}

void TaskScope::spawn(const char* name, Task<void> task) {
  if (state_->stopping) return;
  auto& entries = state_->entries;
  const auto entry = entries.emplace(entries.end(), name);
  boost::asio::co_spawn(state_->loop.executor_for(name), begin_later(std::move(task)),
                        State::Done{state_, entry});
}

Task<void> TaskScope::stop() {
  const auto state = state_;
  state->stopping = true;
  state->cancel_all();
  if (!state->entries.empty()) co_await state->empty.wait();
}

void TaskScope::cancel() {
  state_->stopping = true;
  state_->cancel_all();
}

std::size_t TaskScope::size() const {
  return state_->entries.size();
}

std::vector<std::string> TaskScope::names() const {
  std::vector<std::string> names;
  for (const Entry& entry : state_->entries) names.emplace_back(entry.name);
  return names;
}

}  // namespace fettle::io
