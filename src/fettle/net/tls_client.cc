#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <boost/asio/ip/address.hpp>

#include "fettle/base/check.h"
#include "fettle/net/tls_context.h"
#include "fettle/net/tls_server.h"

namespace fettle::net {
namespace {

// Where other systems than Debian keep what they trust; the library as it is linked knows Debian's place.
constexpr std::array kBundles{"/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
                              "/etc/ssl/cert.pem"};

bool is_ip_address(const std::string& host) {
  boost::system::error_code error;
  boost::asio::ip::make_address(host, error);
  return !error;
}

void trust_system(SSL_CTX* context) {
  SSL_CTX_set_default_verify_paths(context);  // also SSL_CERT_FILE and SSL_CERT_DIR
  if (::access("/etc/ssl/certs/ca-certificates.crt", R_OK) != 0) {
    for (const char* bundle : kBundles) {
      if (::access(bundle, R_OK) == 0 && SSL_CTX_load_verify_file(context, bundle) == 1) break;
    }
  }
  ERR_clear_error();
}

}  // namespace

struct TlsClient::Impl {
  ContextPtr pinned, system;
};

TlsClient::TlsClient() : impl_(std::make_unique<Impl>()) {}
TlsClient::~TlsClient() = default;

std::unique_ptr<TlsSession> TlsClient::connect(int descriptor, const std::string& host,
                                               std::vector<CertificatePin> pins) {
  ContextPtr& context = pins.empty() ? impl_->system : impl_->pinned;
  if (!context) {
    context = make_tls_context(TLS_client_method());
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    if (pins.empty()) trust_system(context.get());
  }
  SSL* ssl = SSL_new(context.get());
  FETTLE_CHECK(ssl != nullptr, "memory for a connection");
  SSL_set_connect_state(ssl);
  SSL_set_alpn_protos(ssl, kAlpnHttp, sizeof kAlpnHttp - 1);
  if (is_ip_address(host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str());
  } else {
    SSL_set_tlsext_host_name(ssl, host.c_str());
    SSL_set1_host(ssl, host.c_str());
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  }
  auto session = std::make_unique<TlsSession>(ssl, descriptor, "");
  if (!pins.empty()) session->expect_pins(std::move(pins));
  return session;
}

}  // namespace fettle::net
