// The one timer of all WebSockets of a server or a dialer: pings who was silent for 20 s, ends who was silent
// for 60 s and who does not answer a close. Keeps the time for them, so that no message reads a clock, and
// one receive buffer, so that an idle channel has none. Shared with the channels, which may outlive their
// server. Loop thread.
//
// An agent has one channel and wakes up for little else, so a dialer sweeps rarely; closes are looked after
// every kInterval all the same.
#pragma once
#include <cstddef>
#include <list>
#include <memory>
#include <string_view>
#include <vector>

#include "fettle/base/time.h"
#include "fettle/io/async_event.h"
#include "fettle/io/task.h"
#include "fettle/net/message_channel.h"

namespace fettle::io {
class Clock;
}

namespace fettle::net {

class WsCore;

class WsSweep {
 public:
  static constexpr Millis kInterval{500};
  static constexpr Millis kDialerInterval{5'000};
  static constexpr Millis kPingAfter{20'000};
  static constexpr Millis kDeadAfter{60'000};
  /// With the interval: at most 2 s.
  static constexpr Millis kCloseWithin{1'500};

  explicit WsSweep(Millis interval = kInterval) : interval_(interval) {}

  /// Sweeps for as long as it is not cancelled.
  static Task<void> run(std::shared_ptr<WsSweep> sweep, io::Clock& clock);
  /// Beside run(), where the interval is longer than kInterval.
  static Task<void> run_closes(std::shared_ptr<WsSweep> sweep, io::Clock& clock);
  /// A channel waits for the answer to its close.
  void note_close() { has_close_.set(); }
  void sweep(MonoTime now);
  /// Asks all channels to close; their readers then end.
  void close_all(CloseCode code, std::string_view reason);

  /// The time of the last sweep: behind by up to the interval.
  [[nodiscard]] MonoTime now() const { return now_; }
  /// Valid between two suspensions only.
  [[nodiscard]] std::span<char> scratch() { return scratch_; }
  [[nodiscard]] std::size_t size() const { return channels_.size(); }

  using Place = std::list<std::weak_ptr<WsCore>>::iterator;
  Place add(std::weak_ptr<WsCore> channel, MonoTime now);
  void remove(Place place) { channels_.erase(place); }

 private:
  template <class F>
  void for_each(F f);
  const Millis interval_;
  io::AsyncEvent has_close_;
  std::list<std::weak_ptr<WsCore>> channels_;
  MonoTime now_{};
  std::vector<char> scratch_ = std::vector<char>(64 * 1024);
};

}  // namespace fettle::net
