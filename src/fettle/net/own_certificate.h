// The certificate that a server makes for itself, in its data folder: `certificate.key` is what counts (its
// pin is in every agent that was enrolled with it), `certificate.pem` is made of it anew whenever it does not
// fit. `next-certificate.key`, when it is there, is the key that agents are told of before it is used.
// Blocks.
#pragma once
#include <string>
#include <vector>

#include "fettle/net/tls_certificate.h"

namespace fettle::io {
class Files;
}

namespace fettle::net {

/// Short enough for what browsers and systems accept of a certificate that a person trusts (825 days), and
/// renewed with the same key long before.
inline constexpr std::chrono::days kOwnCertificateDays{800};
inline constexpr std::chrono::days kRenewedBefore{90};

struct OwnCertificate {
  TlsFiles files;
  CertificateFacts facts;
  std::vector<CertificatePin> pins;  // the key in use, then the next one
};

/// What is there, or is made now. A certificate that is for other names, or runs out soon, is made anew.
/// `corrupt` when a key is there and cannot be read: it is never replaced by itself.
Result<OwnCertificate> prepare_own_certificate(io::Files& files, const std::string& folder,
                                               const std::vector<std::string>& names, WallTime now);

/// The key in use, then the next one; `not_found` ("no_certificate") when the server has not made one.
Result<std::vector<CertificatePin>> own_certificate_pins(io::Files& files, const std::string& folder);
/// Makes the next key. `conflict` ("next_key_waits") when there is one.
Result<CertificatePin> make_next_key(io::Files& files, const std::string& folder);
/// Puts the next key in use. `not_found` ("no_next_key"). Can be repeated when it was interrupted.
Result<CertificatePin> switch_to_next_key(io::Files& files, const std::string& folder);

/// The files that the last two write, below the folder.
inline constexpr std::string_view kOwnKeyFile = "certificate.key";
inline constexpr std::string_view kOwnCertificateFile = "certificate.pem";
inline constexpr std::string_view kNextKeyFile = "next-certificate.key";

}  // namespace fettle::net
