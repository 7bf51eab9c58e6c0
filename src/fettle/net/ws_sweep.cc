#include "fettle/net/ws_sweep.h"

#include "fettle/io/clock.h"
#include "fettle/net/ws_core.h"

namespace fettle::net {

Task<void> WsSweep::run(std::shared_ptr<WsSweep> sweep, io::Clock& clock) {
  for (;;) {
    sweep->sweep(clock.mono_now());
    co_await clock.sleep_for(sweep->interval_);
  }
}

Task<void> WsSweep::run_closes(std::shared_ptr<WsSweep> sweep, io::Clock& clock) {
  for (;;) {
    co_await sweep->has_close_.wait();
    sweep->has_close_.reset();
    for (Millis waited{0}; waited <= kCloseWithin; waited += kInterval) {
      co_await clock.sleep_for(kInterval);
      sweep->sweep(clock.mono_now());
    }
  }
}

template <class F>
void WsSweep::for_each(F f) {
  for (auto at = channels_.begin(); at != channels_.end();) {
    const auto channel = at->lock();
    ++at;  // before the last reference goes and takes its place out of the list
    if (channel) f(*channel);
  }
}

void WsSweep::sweep(MonoTime now) {
  now_ = now;
  for_each([now](WsCore& channel) { channel.check(now); });
}

void WsSweep::close_all(CloseCode code, std::string_view reason) {
  for_each([&](WsCore& channel) { channel.begin_close(code, reason); });
}

WsSweep::Place WsSweep::add(std::weak_ptr<WsCore> channel, MonoTime now) {
  now_ = std::max(now_, now);
  return channels_.insert(channels_.end(), std::move(channel));
}

}  // namespace fettle::net
