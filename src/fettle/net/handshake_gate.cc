#include "fettle/net/handshake_gate.h"

#include <algorithm>

namespace fettle::net {

HandshakeGate::Place::Place(HandshakeGate& gate, MonoTime since, Callback cut_off)
    : gate_(gate),
      since_(since),
      cut_off_(std::move(cut_off)),
      at_(gate.places_.insert(gate.places_.end(), this)) {}

HandshakeGate::Place::~Place() {
  gate_.places_.erase(at_);
  gate_.wake_one();
}

Task<bool> HandshakeGate::wait(MonoTime now, std::function<bool()> is_open) {
  while (is_open() && places_.size() >= kPlaces) {
    const auto waiter = std::make_shared<Waiter>(is_open);
    waiting_.push_back(waiter);
    struct Leave {
      std::vector<std::shared_ptr<Waiter>>& list;
      const std::shared_ptr<Waiter>& waiter;
      ~Leave() { std::erase(list, waiter); }
    } const leave{waiting_, waiter};
    relieve(now);
    co_await waiter->turn.wait();
  }
  co_return is_open();
}

void HandshakeGate::sweep(MonoTime now) {
  for (const auto& waiter : waiting_) {
    if (!waiter->is_open()) waiter->turn.set();
  }
  std::erase_if(waiting_, [](const auto& waiter) { return waiter->turn.is_set(); });
  relieve(now);
}

void HandshakeGate::relieve(MonoTime now) {
  std::size_t wanted = waiting_.size();
  for (Place* place : places_) {
    if (wanted == 0 || now - place->since_ < kLeastTime) break;
    if (Callback cut_off = std::exchange(place->cut_off_, nullptr)) cut_off();
    --wanted;
  }
}

void HandshakeGate::wake_one() {
  if (waiting_.empty()) return;
  waiting_.back()->turn.set();
  waiting_.pop_back();
}

}  // namespace fettle::net
