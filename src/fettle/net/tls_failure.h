// What went wrong with a TLS connection, as an error that a person can act on (I2). Reasons:
// "certificate_expired", "certificate_not_yet_valid", "certificate_wrong_name", "certificate_wrong_pin",
// "certificate_not_trusted"; "not_tls" (the other side speaks something else), "tls_refused" (it ended the
// handshake with an alert), "certificate_distrusted" (with one that says that it does not take our
// certificate), "tls_version", "tls_failed".
#pragma once
#include "fettle/base/result.h"

struct ssl_st;

namespace fettle::net {

enum class TlsTrustKind : std::uint8_t { system, pinned };

/// `status` is what SSL_get_error said of the last call. Takes the errors from the library's queue.
Error tls_failure(ssl_st* ssl, int status, TlsTrustKind trust);

/// The newest error in the library's queue, as a phrase; the queue is empty then.
std::string tls_library_error();

}  // namespace fettle::net
