#include "fettle/net/tls_failure.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

namespace fettle::net {
namespace {

Error unavailable(std::string reason, std::string detail) {
  return {ErrorCode::unavailable, std::move(reason), std::move(detail), {}, 0};
}

Error certificate_failure(long verdict, TlsTrustKind trust) {
  if (trust == TlsTrustKind::pinned) {
    return unavailable("certificate_wrong_pin",
                       "the key of its certificate is not the one that this machine knows: either the server "
                       "has a new key, or somebody else answers in its place. 'fettle certificate show' on "
                       "the server prints its pin");
  }
  switch (verdict) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return unavailable("certificate_expired",
                         "its certificate has expired, or the clock of this machine is ahead");
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return unavailable("certificate_not_yet_valid",
                         "its certificate is not valid yet; the clock of this machine is probably behind");
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return unavailable("certificate_wrong_name", "its certificate is for another name");
    default:
      return unavailable(
          "certificate_not_trusted",
          std::string("the authorities that this machine trusts do not vouch for its certificate (") +
              X509_verify_cert_error_string(verdict) +
              "). A certificate of the server's own making is known by its pin, which the "
              "token of 'Add a host' carries");
  }
}

/// What browsers and agents say of a certificate that they do not know (RFC 8446 section 6.2).
bool is_distrust(int reason) {
  return reason == SSL_R_SSLV3_ALERT_BAD_CERTIFICATE || reason == SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN ||
         reason == SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED || reason == SSL_R_TLSV1_ALERT_UNKNOWN_CA;
}

bool is_alert(int reason) {
  return reason > SSL_AD_REASON_OFFSET;
}

}  // namespace

std::string tls_library_error() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  const char* text = ERR_reason_error_string(code);
  return text != nullptr ? text : "unknown";
}

Error tls_failure(ssl_st* ssl, int status, TlsTrustKind trust) {
  const int reason = ERR_GET_REASON(ERR_peek_last_error());
  const std::string said = tls_library_error();
  if (status != SSL_ERROR_SSL) {
    return unavailable("connection_lost", "the connection ended before TLS was agreed upon");
  }
  const long verdict = SSL_get_verify_result(ssl);
  if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED) return certificate_failure(verdict, trust);
  switch (reason) {
    case SSL_R_UNEXPECTED_EOF_WHILE_READING:
      return unavailable("connection_lost", "the connection ended before TLS was agreed upon");
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
      return unavailable("not_tls",
                         SSL_is_server(ssl) == 1
                             ? "what came is no TLS"
                             : "it does not speak TLS; does its address begin with http:// instead?");
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
    case SSL_R_UNKNOWN_PROTOCOL:
      return unavailable("tls_version", "the other side speaks only versions of TLS that are too old");
    default:
      break;
  }
  if (is_distrust(reason))
    return unavailable("certificate_distrusted", "the other side does not trust this certificate: " + said);
  if (is_alert(reason)) return unavailable("tls_refused", "the other side ended the handshake: " + said);
  return unavailable("tls_failed", "TLS could not be agreed upon: " + said);
}

}  // namespace fettle::net
