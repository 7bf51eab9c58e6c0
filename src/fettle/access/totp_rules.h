// One-time codes (RFC 6238: HMAC-SHA-1, 30 s, six digits, as every authenticator app knows them) and the
// recovery codes that stand in for them. Pure.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "fettle/base/crypto.h"
#include "fettle/base/time.h"

namespace fettle::access {

inline constexpr std::size_t kTotpSecretBytes = 20;  // Source: RFC 4226 section 4, R6 recommends 160 bits
inline constexpr std::int64_t kTotpStepSeconds = 30;
inline constexpr std::size_t kRecoveryCodes = 10;

/// The number of the 30 s since the epoch.
std::int64_t totp_step(WallTime now);
std::string totp_code(Bytes secret, std::int64_t step);

/// The step whose code it is: the present one, the one before or the one after, for clocks that differ. Only
/// steps after `last_step`, so that a code opens once. The time does not depend on the code.
std::optional<std::int64_t> match_totp(Bytes secret, std::string_view code, WallTime now,
                                       std::int64_t last_step);

/// What a QR code says to an authenticator app: otpauth://totp/...
std::string totp_uri(Bytes secret, std::string_view account, std::string_view server);

/// 80 random bits as "mfra-7k2q-...": lower-case base32 in four groups.
std::string make_recovery_code(const std::array<std::uint8_t, 10>& random);
/// What is stored of one. Blanks, hyphens and case do not count.
Hash256 recovery_code_hash(std::string_view code);

enum class FactorKind : std::uint8_t { neither, totp, recovery };
/// What a person typed, told apart by its form.
FactorKind factor_kind(std::string_view code);
/// Without blanks and hyphens, in lower case.
std::string plain_code(std::string_view code);

}  // namespace fettle::access
