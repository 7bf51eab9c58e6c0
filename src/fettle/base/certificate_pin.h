// The pin of a server's certificate: the SHA-256 of its public key (SubjectPublicKeyInfo, as RFC 7858 section
// 4.2 pins it). It stays when a certificate is renewed with the same key. An enrolment token of a server with
// a certificate of its own making carries it: TOKEN.PIN. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "fettle/base/crypto.h"

namespace fettle {

using CertificatePin = Hash256;

/// "sha256:" and 43 characters of base64url.
std::string pin_text(const CertificatePin& pin);
std::optional<CertificatePin> parse_pin(std::string_view text);

struct PinnedToken {
  std::string token;
  std::optional<CertificatePin> pin;
};
/// "fte_...", or "fte_....PIN" with a pin in base64url.
std::string join_pin(std::string_view token, const std::optional<CertificatePin>& pin);
/// The token alone when there is no pin; nullopt when what stands behind the dot is none.
std::optional<PinnedToken> split_pin(std::string_view text);

}  // namespace fettle
