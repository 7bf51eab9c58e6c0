#include "fettle/base/token.h"

#include "fettle/base/encoding.h"

namespace fettle {
namespace {

constexpr std::size_t kRandomDigits = 32;
constexpr std::size_t kChecksumDigits = 8;

std::string checksum_of(std::string_view text) {
  const std::uint32_t crc = crc32c(as_bytes(text));
  std::array<std::uint8_t, 4> bytes{};
  for (std::size_t i = 0; i < 4; ++i) bytes[i] = static_cast<std::uint8_t>(crc >> (8 * (3 - i)));
  return hex_encode(bytes);
}

}  // namespace

Secret<std::string> make_token(std::string_view prefix, const std::array<std::uint8_t, 16>& random) {
  const std::string text = std::string(prefix) + hex_encode(random);
  return Secret(text + checksum_of(text));
}

bool is_token(std::string_view prefix, std::string_view text) {
  if (text.size() != prefix.size() + kRandomDigits + kChecksumDigits || !text.starts_with(prefix))
    return false;
  const std::string_view body = text.substr(prefix.size());
  if (body.find_first_not_of("0123456789abcdef") != std::string_view::npos) return false;
  return checksum_of(text.substr(0, prefix.size() + kRandomDigits)) == body.substr(kRandomDigits);
}

Hash256 token_hash(std::string_view text) {
  return sha256(text);
}

}  // namespace fettle
