// Randomness as the services see it: the system's generator in the product, a seeded one in the simulation.
#pragma once
#include <array>
#include <cstdint>
#include <span>

#include "fettle/base/id.h"
#include "fettle/base/time.h"

namespace fettle::io {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::uint8_t> out) = 0;

  std::uint64_t u64();
  /// Uniform in [0, 1).
  double unit();
  /// Uniform in [0, bound); bound > 0.
  std::uint64_t below(std::uint64_t bound);

  template <class IdType>
  IdType make_id(WallTime now) {
    std::array<std::uint8_t, 10> bytes{};
    fill(bytes);
    return IdType(make_uuid7(unix_ms(now), bytes));
  }
};

}  // namespace fettle::io
