// The kernel's random generator (getrandom). Safe from any thread.
#pragma once
#include "fettle/io/random.h"

namespace fettle::io {

class SystemRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override;
};

}  // namespace fettle::io
