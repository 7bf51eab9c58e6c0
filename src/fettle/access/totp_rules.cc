#include "fettle/access/totp_rules.h"

#include "fettle/base/encoding.h"
#include "fettle/base/sha1.h"
#include "fettle/base/text.h"

namespace fettle::access {
namespace {

constexpr std::size_t kDigits = 6;
constexpr std::uint32_t kModulus = 1'000'000;
constexpr std::int64_t kWindow = 1;  // steps either way
constexpr std::size_t kRecoveryDigits = 16;

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kHexDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                          std::string_view("-._~").contains(c);
    if (is_plain) {
      out += c;
    } else {
      out.append(1, '%').append(1, kHexDigits[byte >> 4U]).append(1, kHexDigits[byte & 15U]);
    }
  }
  return out;
}

bool is_base32(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7');
}

}  // namespace

std::int64_t totp_step(WallTime now) {
  return unix_ms(now) / 1'000 / kTotpStepSeconds;
}

std::string totp_code(Bytes secret, std::int64_t step) {
  std::string counter;
  for (int shift = 56; shift >= 0; shift -= 8) {
    counter += static_cast<char>(static_cast<std::uint64_t>(step) >> shift & 0xFFU);
  }
  const auto hash = hmac_sha1(secret, counter);
  const std::size_t at = hash.back() & 15U;  // dynamic truncation, RFC 4226 section 5.3
  std::uint32_t number = hash[at] & 0x7FU;
  for (std::size_t i = 1; i < 4; ++i) number = number << 8 | hash[at + i];
  const std::string digits = std::to_string(number % kModulus);
  return std::string(kDigits - digits.size(), '0') + digits;
}

std::optional<std::int64_t> match_totp(Bytes secret, std::string_view code, WallTime now,
                                       std::int64_t last_step) {
  const std::string plain = plain_code(code);
  const std::int64_t present = totp_step(now);
  std::optional<std::int64_t> found;
  for (std::int64_t step = present - kWindow; step <= present + kWindow; ++step) {
    const bool is_it = constant_time_equals(as_bytes(totp_code(secret, step)), as_bytes(plain));
    if (is_it && step > last_step) found = step;
  }
  return found;
}

std::string totp_uri(Bytes secret, std::string_view account, std::string_view server) {
  const std::string issuer = percent_encoded(server);
  return "otpauth://totp/" + issuer + ":" + percent_encoded(account) + "?secret=" + base32_encode(secret) +
         "&issuer=" + issuer + "&algorithm=SHA1&digits=6&period=30";
}

std::string make_recovery_code(const std::array<std::uint8_t, 10>& random) {
  const std::string digits = to_lower_ascii(base32_encode(random));
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && i % 4 == 0) out += '-';
    out += digits[i];
  }
  return out;
}

Hash256 recovery_code_hash(std::string_view code) {
  return sha256(plain_code(code));
}

std::string plain_code(std::string_view code) {
  std::string out = to_lower_ascii(code);
  std::erase_if(out, [](char c) { return c == ' ' || c == '-'; });
  return out;
}

FactorKind factor_kind(std::string_view code) {
  const std::string plain = plain_code(code);
  const bool is_number = std::ranges::all_of(plain, [](char c) { return c >= '0' && c <= '9'; });
  if (plain.size() == kDigits && is_number) return FactorKind::totp;
  if (plain.size() == kRecoveryDigits && std::ranges::all_of(plain, is_base32)) return FactorKind::recovery;
  return FactorKind::neither;
}

}  // namespace fettle::access
