// SHA-1 (RFC 3174), for the two protocols that are written for it: the opening handshake of a WebSocket,
// where it proves nothing, and one-time codes (RFC 6238), whose HMAC does not rest on what SHA-1 has lost.
// Pure.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace fettle {

std::array<std::uint8_t, 20> sha1(std::string_view text);
/// RFC 2104.
std::array<std::uint8_t, 20> hmac_sha1(std::span<const std::uint8_t> key, std::string_view message);

}  // namespace fettle
