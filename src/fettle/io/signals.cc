#include "fettle/io/signals.h"

#include <signal.h>

#include <boost/asio/signal_set.hpp>

#include "fettle/io/loop.h"

namespace fettle::io {

struct Signals::State {
  boost::asio::signal_set set;
  std::function<void(int)> on_signal;
  bool ended = false;

  static void wait(const std::shared_ptr<State>& state) {
    state->set.async_wait([state](boost::system::error_code error, int number) {
      if (error || state->ended) return;
      state->on_signal(number);
      wait(state);
    });
  }
};

Signals::Signals(Loop& loop, std::function<void(int)> on_signal)
    : state_(new State{boost::asio::signal_set(loop.executor(), SIGTERM, SIGINT, SIGHUP),
                       std::move(on_signal)}) {
  ::signal(SIGPIPE, SIG_IGN);  // NOLINT: a closed peer is an error of write, not a reason to die
  State::wait(state_);
}

Signals::~Signals() {
  state_->ended = true;
  boost::system::error_code ignored;
  state_->set.cancel(ignored);
}

}  // namespace fettle::io
