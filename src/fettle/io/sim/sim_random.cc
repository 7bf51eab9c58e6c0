#include "fettle/io/sim/sim_random.h"

#include <algorithm>
#include <array>

namespace fettle::io {
namespace {

// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators" (2014), the finalizer of
// splitmix64.
constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15U;

std::uint64_t mix(std::uint64_t z) {
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31U);
}

}  // namespace

std::uint64_t SimRandom::next() {
  state_ += kGolden;
  return mix(state_);
}

void SimRandom::fill(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    std::uint64_t word = next();
    const std::size_t count = std::min<std::size_t>(out.size(), sizeof word);
    for (std::size_t i = 0; i < count; ++i, word >>= 8U) out[i] = static_cast<std::uint8_t>(word);
    out = out.subspan(count);
  }
}

SimRandom SimRandom::stream(std::uint64_t number) const {
  return SimRandom(mix(state_ ^ mix(number + kGolden)));
}

}  // namespace fettle::io
