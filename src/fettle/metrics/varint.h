// Signed numbers in few bytes: zigzag (small magnitudes first), then seven bits a byte, least significant
// first. Differences wrap modulo 2^64, so that every pair of numbers has one. Nothing here reads past its
// bounds.
#pragma once
#include <cstdint>

namespace fettle::metrics {

inline constexpr std::size_t kMaxVarintBytes = 10;  // 64 bits at 7 a byte

constexpr std::uint64_t zigzag(std::int64_t value) {
  return static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63);
}
constexpr std::int64_t unzigzag(std::uint64_t code) {
  return static_cast<std::int64_t>(code >> 1 ^ (~(code & 1) + 1));
}
constexpr std::int64_t wrapping_difference(std::int64_t after, std::int64_t before) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(after) - static_cast<std::uint64_t>(before));
}
constexpr std::int64_t wrapping_sum(std::int64_t value, std::int64_t difference) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(value) +
                                   static_cast<std::uint64_t>(difference));
}

/// Writes at `out`, which has room for kMaxVarintBytes; returns the place behind.
inline std::uint8_t* put_varint(std::uint8_t* out, std::uint64_t value) {
  while (value >= 0x80) {
    *out++ = static_cast<std::uint8_t>(value | 0x80);
    value >>= 7;
  }
  *out++ = static_cast<std::uint8_t>(value);
  return out;
}
inline std::uint8_t* put_delta(std::uint8_t* out, std::int64_t after, std::int64_t before) {
  return put_varint(out, zigzag(wrapping_difference(after, before)));
}

/// The place behind what was read, or nullptr when the bytes end inside it or it has more than 64 bits.
inline const std::uint8_t* get_varint(const std::uint8_t* in, const std::uint8_t* end, std::uint64_t& value) {
  if (in != end && *in < 0x80) [[likely]] {
    value = *in;
    return in + 1;
  }
  value = 0;
  for (unsigned shift = 0; in != end && shift < 64; shift += 7) {
    const std::uint8_t byte = *in++;
    if (shift == 63 && byte > 1) return nullptr;
    value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
    if (byte < 0x80) return in;
  }
  return nullptr;
}
/// Adds the difference that is read to `value`.
inline const std::uint8_t* get_delta(const std::uint8_t* in, const std::uint8_t* end, std::int64_t& value) {
  std::uint64_t code = 0;
  in = get_varint(in, end, code);
  value = wrapping_sum(value, unzigzag(code));
  return in;
}

}  // namespace fettle::metrics
