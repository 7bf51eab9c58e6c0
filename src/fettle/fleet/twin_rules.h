// Tells two agents with one identity from one agent that comes and goes. Each welcome names its link, and the
// next hello of the same process names the last one that it got: so a process that returns after another one
// was welcomed has been running beside it. A start (no name), a lost welcome, a change of address or an older
// copy of the data folder are no sign of a twin. Pure.
#pragma once
#include <cstdint>
#include <vector>

#include "fettle/base/time.h"

namespace fettle::fleet {

/// For so long it is remembered who was pushed aside.
inline constexpr std::chrono::hours kTwinMemory{1};
/// A process that returned so often after new ones were welcomed, and does again, runs beside them, even if
/// none of those ever comes back under its own name. (A virtual machine that is set back to a running state
/// returns once.)
inline constexpr std::size_t kMostReturns = 2;

/// The links of one host, since this server started.
struct LinkChain {
  std::uint64_t current = 0;  // the newest; 0: none yet
  std::uint64_t before = 0;   // what the hello of the newest named
  struct Aside {
    std::uint64_t link = 0;
    MonoTime at;
  };
  std::vector<Aside> aside;  // links whose holder was pushed aside by one that returned, and lived
  std::uint64_t pushed = 0;  // by the newest, which has not said anything yet: its hello may outlive it
};

enum class Arrival : std::uint8_t {
  expected,  // goes on, or is a process that has just started
  returned,  // was pushed aside before by another process
  twin,      // it and another have both been running: lock them
};

/// Judges a hello that names `after`, and notes it. `link` is what its welcome will be called.
Arrival take_arrival(LinkChain& chain, std::uint64_t after, std::uint64_t link, MonoTime now);

/// The newest link has said something after its welcome: so there is a process behind it.
void note_alive(LinkChain& chain, MonoTime now);

}  // namespace fettle::fleet
