// SIGTERM, SIGINT and SIGHUP as a callback on the loop. Made and destroyed on the loop's thread, one per
// process; SIGPIPE is ignored from then on.
#pragma once
#include <functional>
#include <memory>

namespace fettle::io {

class Loop;

class Signals {
 public:
  /// `on_signal` gets the signal's number, on the loop, each time one arrives.
  Signals(Loop& loop, std::function<void(int)> on_signal);
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  struct State;
  std::shared_ptr<State> state_;  // shared with the wait that is in flight
};

}  // namespace fettle::io
