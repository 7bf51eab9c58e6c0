#include "fettle/io/random.h"

#include <errno.h>
#include <sys/random.h>

#include <cstring>

#include "fettle/base/check.h"
#include "fettle/io/system_random.h"

namespace fettle::io {

std::uint64_t Random::u64() {
  std::array<std::uint8_t, sizeof(std::uint64_t)> bytes{};
  fill(bytes);
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

double Random::unit() {
  // A double holds 53 bits exactly: the upper bits of the word over 2^53.
  return static_cast<double>(u64() >> 11U) * 0x1.0p-53;
}

std::uint64_t Random::below(std::uint64_t bound) {
  FETTLE_CHECK(bound > 0);
  // Values under 2^64 mod bound are drawn again, so that each remainder is as likely as any other.
  const std::uint64_t refused = (0 - bound) % bound;
  while (true) {
    const std::uint64_t value = u64();
    if (value >= refused) return value % bound;
  }
}

void SystemRandom::fill(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    const ssize_t got = getrandom(out.data(), out.size(), 0);
    if (got < 0) {
      FETTLE_CHECK(errno == EINTR, "the kernel gives no random bytes");
      continue;
    }
    out = out.subspan(static_cast<std::size_t>(got));
  }
}

}  // namespace fettle::io
