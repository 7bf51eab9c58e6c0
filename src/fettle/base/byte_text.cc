#include "fettle/base/byte_text.h"

#include <array>
#include <cstdio>
#include <string_view>

namespace fettle {

std::string format_bytes(double bytes) {
  static constexpr std::array<const char*, 6> kUnits{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  std::size_t unit = 0;
  // 999.5 of a unit would be printed as 1000, a fourth digit.
  while (bytes >= 999.5 && unit + 1 < kUnits.size()) bytes /= 1024, ++unit;
  // Below 0.995 (999.5 bytes are 0.976 KiB) a third digit is less than one of the unit before.
  const int digits = unit == 0 || bytes >= 99.95 ? 0 : bytes >= 9.995 ? 1 : 2;
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%.*f %s", digits, bytes, kUnits.at(unit));
  return text.data();
}

}  // namespace fettle
