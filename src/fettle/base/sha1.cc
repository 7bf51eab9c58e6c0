#include "fettle/base/sha1.h"

#include <bit>
#include <string>
#include <vector>

namespace fettle {
namespace {

constexpr std::size_t kBlockBytes = 64;

struct Sha1Round {
  std::uint32_t mix;
  std::uint32_t constant;
};

Sha1Round sha1_round(std::size_t i, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  if (i < 20) return {(b & c) | (~b & d), 0x5a827999};
  if (i < 40) return {b ^ c ^ d, 0x6ed9eba1};
  if (i < 60) return {(b & c) | (b & d) | (c & d), 0x8f1bbcdc};
  return {b ^ c ^ d, 0xca62c1d6};
}

void sha1_block(std::span<const std::uint8_t> block, std::array<std::uint32_t, 5>& state) {
  std::array<std::uint32_t, 80> words{};
  for (std::size_t i = 0; i < 64; ++i) words[i / 4] = words[i / 4] << 8 | block[i];
  for (std::size_t i = 16; i < 80; ++i) {
    words[i] = std::rotl(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
  }
  auto [a, b, c, d, e] = state;
  for (std::size_t i = 0; i < 80; ++i) {
    const auto [mix, constant] = sha1_round(i, b, c, d);
    const std::uint32_t next = std::rotl(a, 5) + mix + e + constant + words[i];
    e = d;
    d = c;
    c = std::rotl(b, 30);
    b = a;
    a = next;
  }
  const std::array<std::uint32_t, 5> sums{a, b, c, d, e};
  for (std::size_t i = 0; i < 5; ++i) state[i] += sums[i];
}

}  // namespace

std::array<std::uint8_t, 20> sha1(std::string_view text) {
  std::vector<std::uint8_t> padded(text.begin(), text.end());
  padded.push_back(0x80);
  while (padded.size() % 64 != 56) padded.push_back(0);
  const std::uint64_t bits = std::uint64_t{text.size()} * 8;
  for (int shift = 56; shift >= 0; shift -= 8) padded.push_back(static_cast<std::uint8_t>(bits >> shift));
  std::array<std::uint32_t, 5> state{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  for (std::size_t at = 0; at < padded.size(); at += 64) sha1_block(std::span(padded).subspan(at, 64), state);
  std::array<std::uint8_t, 20> out{};
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<std::uint8_t>(state[i / 4] >> (24 - i % 4 * 8));
  return out;
}

std::array<std::uint8_t, 20> hmac_sha1(std::span<const std::uint8_t> key, std::string_view message) {
  std::array<std::uint8_t, kBlockBytes> block{};
  if (key.size() > block.size()) {
    const auto hash = sha1({reinterpret_cast<const char*>(key.data()), key.size()});
    std::ranges::copy(hash, block.begin());
  } else {
    std::ranges::copy(key, block.begin());
  }
  std::string inner;
  std::string outer;
  for (const std::uint8_t byte : block) {
    inner += static_cast<char>(byte ^ 0x36U);
    outer += static_cast<char>(byte ^ 0x5cU);
  }
  const auto inner_hash = sha1(inner.append(message));
  return sha1(outer.append(reinterpret_cast<const char*>(inner_hash.data()), inner_hash.size()));
}

}  // namespace fettle
