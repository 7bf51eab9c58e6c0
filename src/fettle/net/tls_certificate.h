// Certificates and their keys as PEM text: reading what was given, making a server's own. Pure but for the
// library's random numbers; any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "fettle/base/certificate_pin.h"
#include "fettle/base/result.h"
#include "fettle/base/secret.h"
#include "fettle/base/time.h"

namespace fettle::net {

/// A certificate (with the chain behind it) and its private key.
struct TlsFiles {
  std::string certificate_pem;
  Secret<std::string> key_pem;
};

struct CertificateFacts {
  CertificatePin pin{};
  WallTime not_before, not_after;
  std::vector<std::string> names;  // DNS names and addresses that it is for
};

/// `corrupt`, with reason "certificate_unreadable".
Result<CertificateFacts> read_certificate(std::string_view certificate_pem);
/// Both can be read and belong together: `corrupt` with "certificate_unreadable", "key_unreadable" or
/// "key_does_not_match".
Result<CertificateFacts> check_tls_files(const TlsFiles& files);
/// `unprocessable` with "certificate_expired" or "certificate_not_yet_valid".
Result<> check_validity(const CertificateFacts& facts, WallTime now);
Result<> check_validity_now(const CertificateFacts& facts);  // by the clock of this machine

/// P-256.
Result<Secret<std::string>> make_private_key();
/// `corrupt`, "key_unreadable".
Result<CertificatePin> pin_of_key(const Secret<std::string>& key_pem);

struct CertificateWish {
  std::vector<std::string> names;  // DNS names and IP addresses, at least one
  WallTime not_before, not_after;
};
/// Signed by its own key.
Result<std::string> make_certificate(const Secret<std::string>& key_pem, const CertificateWish& wish);

}  // namespace fettle::net
