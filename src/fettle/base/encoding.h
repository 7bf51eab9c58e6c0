// Text forms of bytes: lower-case hex, base64 (RFC 4648 section 4, padded), base64url (section 5,
// unpadded) and base32.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fettle {

std::string hex_encode(std::span<const std::uint8_t> bytes);
/// Fills `out` exactly; false when the text is not 2 * out.size() lower- or upper-case hex digits.
bool hex_decode(std::string_view hex, std::span<std::uint8_t> out);

std::string base64_encode(std::span<const std::uint8_t> bytes);
std::optional<std::vector<std::uint8_t>> base64_decode(std::string_view text);
std::string base64url_encode(std::span<const std::uint8_t> bytes);
std::optional<std::vector<std::uint8_t>> base64url_decode(std::string_view text);

/// Upper case, unpadded (RFC 4648 section 6): for people and apps that type secrets in.
std::string base32_encode(std::span<const std::uint8_t> bytes);

/// CRC32C (Castagnoli, RFC 3720 appendix B.4), continued from `seed`.
std::uint32_t crc32c(std::span<const std::uint8_t> bytes, std::uint32_t seed = 0);

inline std::span<const std::uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace fettle
