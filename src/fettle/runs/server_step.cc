#include "fettle/runs/server_step.h"

#include <algorithm>
#include <exception>

#include "fettle/wire/run_messages.h"

namespace fettle::runs {

void ServerStep::log(LogLevel level, std::string text, std::map<std::string, std::string> fields) {
  book_.log(id_, {clock_.wall_now(), level, index_, std::move(text), std::move(fields)});
}

bool ServerStep::may_count(const std::string& name) {
  return counters_.contains(name) || counters_.size() < wire::kMostCounters;
}

void ServerStep::count(const std::string& name, std::int64_t add) {
  if (!may_count(name)) return;
  counters_[name] += add;
  tell_counter(name);
}

void ServerStep::set_counter(const std::string& name, std::int64_t value) {
  if (!may_count(name)) return;
  counters_[name] = value;
  tell_counter(name);
}

void ServerStep::tell_counter(const std::string& name) {
  book_.progress(id_, index_, [&](Step& step) { step.counters[name] = counters_[name]; });
}

void ServerStep::progress(double fraction, std::string message) {
  book_.progress(id_, index_, [&](Step& step) {
    step.fraction = std::clamp(fraction, 0.0, 1.0);
    if (!message.empty()) step.message = std::move(message);
  });
}

Task<void> ServerStep::perform(const TaskFunction& function) {
  struct Wake {
    io::AsyncEvent& event;
    ~Wake() { event.set(); }
  };
  const Wake wake{wake_};
  outcome_ = co_await function(*this);
}

Task<void> ServerStep::expire(Seconds deadline) {
  co_await clock_.sleep_for(deadline);
  if (outcome_) co_return;
  is_late_ = true;
  wake_.set();
}

void ServerStep::cancel() {
  is_cancelled_ = true;
  wake_.set();
}

}  // namespace fettle::runs
