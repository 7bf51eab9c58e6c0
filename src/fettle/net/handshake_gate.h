// How many TLS handshakes go on at once (S10): each costs memory and a fraction of a millisecond of the loop.
// Who waits longest holds nobody up: the newest comes first, and while others wait a handshake that was given
// its place some time ago is cut off. Loop thread.
#pragma once
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <vector>

#include "fettle/base/time.h"
#include "fettle/io/async_event.h"

namespace fettle::net {

class HandshakeGate {
 public:
  static constexpr std::size_t kPlaces = 50;
  /// A round trip to the other side of the world, and a packet that was lost.
  static constexpr Nanos kLeastTime = Millis(1'000);

  /// A place, given back on destruction.
  class Place {
   public:
    Place(HandshakeGate& gate, MonoTime since, Callback cut_off);
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    friend class HandshakeGate;
    HandshakeGate& gate_;
    MonoTime since_;
    Callback cut_off_;
    std::list<Place*>::iterator at_;
  };

  /// True when there is a place (take it before the next suspension), false when the caller's connection was
  /// closed meanwhile, which `is_open` says.
  Task<bool> wait(MonoTime now, std::function<bool()> is_open);
  /// Sends home who waits with a closed connection, and cuts off as many as others wait for.
  void sweep(MonoTime now);
  [[nodiscard]] std::size_t busy() const { return places_.size(); }
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }

 private:
  struct Waiter {
    std::function<bool()> is_open;
    io::AsyncEvent turn;
  };
  void relieve(MonoTime now);
  void wake_one();
  std::list<Place*> places_;                      // oldest first
  std::vector<std::shared_ptr<Waiter>> waiting_;  // newest last; shared with the one that waits
};

}  // namespace fettle::net
