#include "fettle/net/tls_server.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "fettle/base/check.h"
#include "fettle/net/tls_context.h"
#include "fettle/net/tls_failure.h"

namespace fettle::net {
namespace {

int choose_protocol(SSL* /*ssl*/, const unsigned char** chosen, unsigned char* chosen_size,
                    const unsigned char* offered, unsigned int offered_size, void* /*unused*/) {
  unsigned char* found = nullptr;
  const int outcome =
      SSL_select_next_proto(&found, chosen_size, kAlpnHttp, sizeof kAlpnHttp - 1, offered, offered_size);
  *chosen = found;
  return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

std::unexpected<Error> refused(const char* what) {
  return fail(ErrorCode::corrupt, "certificate_refused", std::string(what) + ": " + tls_library_error());
}

/// The certificate, and those behind it that lead to an authority.
Result<> use_chain(SSL_CTX* context, const std::string& pem) {
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const X509Ptr first(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (!first || SSL_CTX_use_certificate(context, first.get()) != 1)
    return refused("the certificate cannot be used");
  for (;;) {
    X509Ptr next(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (!next) break;
    if (SSL_CTX_add0_chain_cert(context, next.get()) != 1) return refused("the chain cannot be used");
    next.release();  // NOLINT(bugprone-unused-return-value): the context has it
  }
  ERR_clear_error();  // the end of the file
  return {};
}

Result<ContextPtr> make_context(const TlsFiles& files) {
  ContextPtr context = make_tls_context(TLS_server_method());
  if (auto used = use_chain(context.get(), files.certificate_pem); !used)
    return std::unexpected(used.error());
  const std::string& pem = files.key_pem.reveal();
  const BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  if (!key || SSL_CTX_use_PrivateKey(context.get(), key.get()) != 1) return refused("the key cannot be used");
  SSL_CTX_set_alpn_select_cb(context.get(), choose_protocol, nullptr);
  SSL_CTX_set_num_tickets(context.get(), 1);
  return context;
}

}  // namespace

struct TlsServer::Impl {
  TlsFiles files;
  CertificateFacts facts;
  ContextPtr context;
};

TlsServer::TlsServer() : impl_(std::make_unique<Impl>()) {}
TlsServer::~TlsServer() = default;

Result<std::shared_ptr<TlsServer>> TlsServer::make(TlsFiles files) {
  std::shared_ptr<TlsServer> server(new TlsServer);
  if (auto taken = server->exchange(std::move(files)); !taken) return std::unexpected(taken.error());
  return server;
}

Result<> TlsServer::exchange(TlsFiles files) {
  FETTLE_TRY(CertificateFacts facts, check_tls_files(files));
  FETTLE_TRY(ContextPtr context, make_context(files));
  *impl_ = Impl{std::move(files), std::move(facts), std::move(context)};
  return {};
}

void TlsServer::renew_ticket_keys() {
  if (auto context = make_context(impl_->files)) impl_->context = std::move(*context);
}

const CertificateFacts& TlsServer::facts() const {
  return impl_->facts;
}

std::unique_ptr<TlsSession> TlsServer::accept(int descriptor, std::string received) {
  SSL* ssl = SSL_new(impl_->context.get());
  FETTLE_CHECK(ssl != nullptr, "memory for a connection");
  SSL_set_accept_state(ssl);
  return std::make_unique<TlsSession>(ssl, descriptor, std::move(received));
}

}  // namespace fettle::net
