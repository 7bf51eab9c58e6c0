#include "fettle/fleet/twin_rules.h"

#include <algorithm>
#include <utility>

namespace fettle::fleet {

Arrival take_arrival(LinkChain& chain, std::uint64_t after, std::uint64_t link, MonoTime now) {
  std::erase_if(chain.aside, [&](const LinkChain::Aside& one) { return now - one.at > kTwinMemory; });
  // Its last welcome may have been lost on the way: then it names the one before.
  const bool goes_on = after == 0 || chain.current == 0 || after == chain.current || after == chain.before;
  Arrival arrival = Arrival::expected;
  if (!goes_on) {
    const bool was_pushed_aside_since =
        std::ranges::find(chain.aside, after, &LinkChain::Aside::link) != chain.aside.end();
    arrival =
        was_pushed_aside_since || chain.aside.size() >= kMostReturns ? Arrival::twin : Arrival::returned;
  }
  chain.pushed = goes_on ? 0 : chain.current;
  chain.before = after;
  chain.current = link;
  return arrival;
}

void note_alive(LinkChain& chain, MonoTime now) {
  if (chain.pushed != 0) chain.aside.push_back({std::exchange(chain.pushed, 0), now});
}

}  // namespace fettle::fleet
