#include "fettle/net/tls_context.h"

#include "fettle/base/check.h"

namespace fettle::net {
namespace {

// Forward secrecy and authenticated encryption, nothing else; TLS 1.3 has no other.
constexpr const char* kCiphers12 = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr const char* kCiphers13 =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr const char* kGroups = "X25519:P-256:P-384";

}  // namespace

ContextPtr make_tls_context(const SSL_METHOD* method) {
  // The configuration file of the machine's own OpenSSL is for that one: it may name modules that a program
  // linked statically cannot load.
  OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
  ContextPtr context(SSL_CTX_new(method));
  FETTLE_CHECK(context != nullptr, "memory for TLS");
  SSL_CTX* raw = context.get();
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  const bool is_set = SSL_CTX_set_cipher_list(raw, kCiphers12) == 1 &&
                      SSL_CTX_set_ciphersuites(raw, kCiphers13) == 1 &&
                      SSL_CTX_set1_groups_list(raw, kGroups) == 1;
  FETTLE_CHECK(is_set, "the library knows these ciphers and groups");
  SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                               SSL_OP_PRIORITIZE_CHACHA);
  // An idle connection gives its two buffers of 17 KiB back; with reading ahead a record is one system call.
  SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(raw, 1);
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);  // resumption is by ticket only
  return context;
}

}  // namespace fettle::net
