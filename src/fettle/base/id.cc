#include "fettle/base/id.h"

#include "fettle/base/encoding.h"

namespace fettle {

Uuid make_uuid7(std::int64_t unix_ms, const std::array<std::uint8_t, 10>& random) {
  Uuid uuid{};
  const auto ms = static_cast<std::uint64_t>(unix_ms);
  for (std::size_t i = 0; i < 6; ++i) uuid[i] = static_cast<std::uint8_t>(ms >> (8 * (5 - i)));
  for (std::size_t i = 0; i < 10; ++i) uuid[6 + i] = random[i];
  uuid[6] = static_cast<std::uint8_t>(0x70U | (uuid[6] & 0x0FU));  // version 7
  uuid[8] = static_cast<std::uint8_t>(0x80U | (uuid[8] & 0x3FU));  // variant 10
  return uuid;
}

std::string uuid_hex(const Uuid& uuid) {
  return hex_encode(uuid);
}

std::optional<Uuid> parse_uuid_hex(std::string_view hex) {
  Uuid uuid{};
  if (hex.size() != 32 || !hex_decode(hex, uuid)) return std::nullopt;
  return uuid;
}

}  // namespace fettle
