// Times that a peer claims, brought into a range in which they can be reckoned with. A clock may be as wrong
// as it likes, and is shown so; its numbers must not overflow ours, nor become dates that nobody can read.
// Pure.
#pragma once
#include <cstdint>

#include "fettle/wire/messages.h"

namespace fettle::fleet {

/// 2100-01-01. Twice as many milliseconds still fit into 64 bits of nanoseconds.
inline constexpr std::int64_t kLatestMs = 4'102'444'800'000;
/// What stands for all before 1970: no time of a sample that is believed (metrics/sample_rules.h).
inline constexpr std::int64_t kBeforeAllMs = -1;

void make_plausible(wire::Hello& hello);
void make_plausible(wire::Heartbeat& heartbeat);

}  // namespace fettle::fleet
