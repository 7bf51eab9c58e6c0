// Seeded randomness of the simulation (splitmix64): the same seed gives the same bytes on every machine.
#pragma once
#include <cstdint>

#include "fettle/io/random.h"

namespace fettle::io {

class SimRandom final : public Random {
 public:
  explicit SimRandom(std::uint64_t seed) : state_(seed) {}
  void fill(std::span<std::uint8_t> out) override;

  /// A stream of its own for one node or purpose: drawing from it does not shift any other.
  [[nodiscard]] SimRandom stream(std::uint64_t number) const;
  /// True in `percent` of a hundred draws.
  bool chance(std::uint64_t percent) { return below(100) < percent; }

 private:
  std::uint64_t next();
  std::uint64_t state_;
};

}  // namespace fettle::io
