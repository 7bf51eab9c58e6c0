#include "fettle/fleet/twin_rules.h"

#include <algorithm>
#include <utility>

namespace fettle::fleet {

Arrival take_arrival(LinkChain& chain, std::uint64_t after, std::uint64_t link, MonoTime now) {
  std::erase_if(chain.aside, [&](const LinkChain::Aside& one) { return now - one.at > kTwinMemory; });
  // Who names the newest link was welcomed on it: there is a process behind it, whatever it said there. (One
  // that takes another start number says nothing, each time.)
  if (after != 0 && after == chain.current) note_alive(chain, now);
  // Its last welcome may have been lost on the way: then it names the one before.
  const bool goes_on = after == 0 || chain.current == 0 || after == chain.current || after == chain.before;
  Arrival arrival = Arrival::expected;
  if (!goes_on) {
    const bool was_pushed_aside_since =
        std::ranges::find(chain.aside, after, &LinkChain::Aside::link) != chain.aside.end();
    arrival =
        was_pushed_aside_since || chain.aside.size() >= kMostReturns ? Arrival::twin : Arrival::returned;
  }
  if (!goes_on)
    chain.pushed = chain.current;
  else if (after == 0 || after != chain.before)  // else it is the one that pushed, once more
    chain.pushed = 0;
  chain.before = after;
  chain.current = link;
  return arrival;
}

void note_alive(LinkChain& chain, MonoTime now) {
  if (chain.pushed != 0) chain.aside.push_back({std::exchange(chain.pushed, 0), now});
}

}  // namespace fettle::fleet
