// Secrets that people copy by hand or by clipboard: a prefix that names the kind, 128 random bits in hex, and
// a checksum, `ftk_<32 hex><8 hex>`, so that a mangled one is told from an unknown one without a look-up.
// Only the hash of a token is ever stored.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "fettle/base/crypto.h"

namespace fettle {

inline constexpr std::string_view kSetupTokenPrefix = "fst_";
inline constexpr std::string_view kEnrolmentTokenPrefix = "fte_";
inline constexpr std::string_view kApiTokenPrefix = "ftk_";
inline constexpr std::string_view kInvitationTokenPrefix = "fti_";

Secret<std::string> make_token(std::string_view prefix, const std::array<std::uint8_t, 16>& random);
/// Whether the text has the form of a token of this kind, the checksum included.
bool is_token(std::string_view prefix, std::string_view text);
/// What is stored. A fast hash is enough: 128 random bits cannot be guessed.
Hash256 token_hash(std::string_view text);

}  // namespace fettle
