#include "fettle/net/tls_session.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "fettle/base/check.h"
#include "fettle/net/socket.h"
#include "fettle/net/tls_failure.h"

namespace fettle::net {
namespace {

constexpr std::size_t kRecordBytes = 16 * 1024;       // RFC 8446 section 5.1
constexpr std::size_t kMostWrittenBytes = 64 * 1024;  // in one call, so that other connections get their turn
constexpr std::size_t kKeptUnsentCapacity = 512;

}  // namespace

struct TlsSession::Impl {
  ssl_st* ssl = nullptr;
  int descriptor = -1;
  std::string received;  // read before the session began
  std::string unsent;    // records that the kernel has not taken
  std::vector<CertificatePin> pins;
  Error failure;
  bool is_open = false;  // the handshake is done
  bool has_more = false;
  bool is_drained = false;            // a short read in this call: another one would only say "would block"
  bool is_gone = false;               // the kernel said so
  std::optional<std::ptrdiff_t> end;  // what read() says from now on

  std::ptrdiff_t receive(char* out, std::size_t size);
  /// Takes all of it: what the kernel does not is kept.
  void send(const char* bytes, std::size_t size);
  std::ptrdiff_t send_some(const char* bytes, std::size_t size);
  void fail_with(int status);
};

namespace {

int bio_read(BIO* bio, char* out, int size) {
  auto& session = *static_cast<TlsSession::Impl*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (size <= 0) return 0;
  const std::ptrdiff_t count = session.receive(out, static_cast<std::size_t>(size));
  if (count == kWouldBlock) BIO_set_retry_read(bio);
  return count < 0 ? -1 : static_cast<int>(count);
}

int bio_write(BIO* bio, const char* bytes, int size) {
  auto& session = *static_cast<TlsSession::Impl*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (size <= 0) return 0;
  session.send(bytes, static_cast<std::size_t>(size));
  return session.is_gone ? -1 : size;
}

long bio_control(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command == BIO_CTRL_EOF) return static_cast<TlsSession::Impl*>(BIO_get_data(bio))->is_gone ? 1 : 0;
  return 0;
}

/// One table of functions for the whole process, as the library wants it; never changed after it was made.
const BIO_METHOD* bio_method() {
  static const BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "fettle socket");
    FETTLE_CHECK(made != nullptr, "a table of functions");
    BIO_meth_set_read(made, bio_read);
    BIO_meth_set_write(made, bio_write);
    BIO_meth_set_ctrl(made, bio_control);
    return made;
  }();
  return method;
}

CertificatePin pin_of(X509* certificate) {
  unsigned char* bytes = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &bytes);
  CertificatePin pin{};
  if (size > 0) pin = sha256(Bytes{bytes, static_cast<std::size_t>(size)});
  OPENSSL_free(bytes);
  return pin;
}

/// Called in place of the library's own verification: 1 when the key is one of those expected.
int verify_pin(X509_STORE_CTX* store, void* /*unused*/) {
  auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  const auto& session = *static_cast<TlsSession::Impl*>(SSL_get_app_data(ssl));
  if (session.pins.empty()) return X509_verify_cert(store);
  X509* certificate = X509_STORE_CTX_get0_cert(store);
  if (certificate != nullptr) {
    const CertificatePin pin = pin_of(certificate);
    if (std::ranges::find(session.pins, pin) != session.pins.end()) return 1;
  }
  X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
  return 0;
}

}  // namespace

std::ptrdiff_t TlsSession::Impl::receive(char* out, std::size_t size) {
  if (!received.empty()) {
    const std::size_t count = std::min(size, received.size());
    std::memcpy(out, received.data(), count);
    received.erase(0, count);
    if (received.empty()) received = std::string();
    return static_cast<std::ptrdiff_t>(count);
  }
  if (is_drained) return kWouldBlock;
  for (;;) {
    const ::ssize_t count = ::recv(descriptor, out, size, MSG_DONTWAIT);
    if (count > 0) is_drained = static_cast<std::size_t>(count) < size;
    if (count >= 0) return count;
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return kWouldBlock;
    is_gone = true;
    return kGone;
  }
}

std::ptrdiff_t TlsSession::Impl::send_some(const char* bytes, std::size_t size) {
  for (;;) {
    const ::ssize_t count = ::send(descriptor, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count >= 0) return count;
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return 0;
    is_gone = true;
    return kGone;
  }
}

void TlsSession::Impl::send(const char* bytes, std::size_t size) {
  if (unsent.empty()) {
    const std::ptrdiff_t count = send_some(bytes, size);
    if (count < 0) return;
    bytes += count;
    size -= static_cast<std::size_t>(count);
  }
  unsent.append(bytes, size);
}

void TlsSession::Impl::fail_with(int status) {
  if (!failure.reason.empty()) return;
  failure = tls_failure(ssl, status, pins.empty() ? TlsTrustKind::system : TlsTrustKind::pinned);
}

TlsSession::TlsSession(ssl_st* ssl, int descriptor, std::string received) : impl_(std::make_unique<Impl>()) {
  impl_->ssl = ssl;
  impl_->descriptor = descriptor;
  impl_->received = std::move(received);
  BIO* bio = BIO_new(bio_method());
  FETTLE_CHECK(bio != nullptr, "memory for a connection");
  BIO_set_data(bio, impl_.get());
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl, bio, bio);  // takes it
  SSL_set_app_data(ssl, impl_.get());
}

TlsSession::~TlsSession() {
  SSL_free(impl_->ssl);
}

void TlsSession::expect_pins(std::vector<CertificatePin> pins) {
  impl_->pins = std::move(pins);
  SSL_CTX_set_cert_verify_callback(SSL_get_SSL_CTX(impl_->ssl), verify_pin, nullptr);
}

TlsSession::Step TlsSession::shake_hands() {
  if (!flush()) return Step::failed;
  impl_->is_drained = false;
  ERR_clear_error();
  const int result = SSL_do_handshake(impl_->ssl);
  if (result == 1) {
    impl_->is_open = true;
    impl_->has_more = SSL_has_pending(impl_->ssl) == 1 || !impl_->received.empty();
    return has_unsent() ? Step::want_write : Step::done;
  }
  const int status = SSL_get_error(impl_->ssl, result);
  if (status == SSL_ERROR_WANT_READ) return has_unsent() ? Step::want_write : Step::want_read;
  impl_->fail_with(status);
  return Step::failed;
}

const Error& TlsSession::failure() const {
  return impl_->failure;
}

std::ptrdiff_t TlsSession::read(std::span<char> out) {
  Impl& self = *impl_;
  if (self.end) return *self.end;
  self.is_drained = false;
  self.has_more = false;
  std::size_t total = 0;
  while (total < out.size()) {
    std::size_t count = 0;
    ERR_clear_error();
    const int result = SSL_read_ex(self.ssl, out.data() + total, out.size() - total, &count);
    if (result == 1) {
      total += count;
      continue;
    }
    const int status = SSL_get_error(self.ssl, result);
    if (status == SSL_ERROR_WANT_READ) return total > 0 ? static_cast<std::ptrdiff_t>(total) : kWouldBlock;
    // Only a close_notify is an end; a connection that merely stops may have been cut by somebody else.
    self.end = status == SSL_ERROR_ZERO_RETURN ? 0 : kGone;
    self.fail_with(status);
    self.has_more = true;  // the end is still to be told
    return total > 0 ? static_cast<std::ptrdiff_t>(total) : *self.end;
  }
  self.has_more = true;
  return static_cast<std::ptrdiff_t>(total);
}

std::ptrdiff_t TlsSession::write(std::span<const std::string_view> parts) {
  if (!flush()) return kGone;
  if (has_unsent()) return 0;
  // Small parts are gathered into one record; its head and tag would else be most of what is sent.
  std::array<char, kRecordBytes> record;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by use
  std::size_t total = 0;
  std::size_t at = 0;
  std::size_t within = 0;
  while (at < parts.size() && total < kMostWrittenBytes && !has_unsent()) {
    std::size_t size = 0;
    while (at < parts.size() && size < record.size()) {
      const std::string_view rest = parts[at].substr(within);
      const std::size_t count = std::min(rest.size(), record.size() - size);
      std::memcpy(record.data() + size, rest.data(), count);
      size += count;
      within += count;
      if (within == parts[at].size()) ++at, within = 0;
    }
    if (size == 0) break;
    std::size_t written = 0;
    ERR_clear_error();
    const int result = SSL_write_ex(impl_->ssl, record.data(), size, &written);
    if (result != 1) {
      impl_->is_gone = true;
      return kGone;
    }
    total += written;
  }
  return static_cast<std::ptrdiff_t>(total);
}

bool TlsSession::has_more() const {
  return impl_->has_more;
}

bool TlsSession::has_unsent() const {
  return !impl_->unsent.empty();
}

bool TlsSession::flush() {
  Impl& self = *impl_;
  if (self.is_gone) return false;
  if (self.unsent.empty()) return true;
  const std::ptrdiff_t count = self.send_some(self.unsent.data(), self.unsent.size());
  if (count < 0) return false;
  self.unsent.erase(0, static_cast<std::size_t>(count));
  if (self.unsent.empty() && self.unsent.capacity() > kKeptUnsentCapacity) self.unsent = std::string();
  return true;
}

void TlsSession::send_close() {
  if (!impl_->is_open || impl_->is_gone) return;
  ERR_clear_error();
  ignore(SSL_shutdown(impl_->ssl), "a courtesy; the connection ends in any case");
  ERR_clear_error();
}

std::string TlsSession::channel_binding() const {
  constexpr std::string_view kLabel = "EXPORTER-Channel-Binding";  // RFC 9266 section 2
  constexpr std::size_t kBytes = 32;
  const bool has_one =
      impl_->is_open && (SSL_version(impl_->ssl) >= TLS1_3_VERSION || SSL_get_extms_support(impl_->ssl) == 1);
  std::string out(has_one ? kBytes : 0, '\0');
  if (!has_one) return out;
  const int made = SSL_export_keying_material(impl_->ssl, reinterpret_cast<unsigned char*>(out.data()),
                                              out.size(), kLabel.data(), kLabel.size(), nullptr, 0, 1);
  if (made != 1) out.clear();
  return out;
}

std::optional<CertificatePin> TlsSession::peer_pin() const {
  X509* certificate = SSL_get0_peer_certificate(impl_->ssl);
  if (certificate == nullptr) return std::nullopt;
  return pin_of(certificate);
}

}  // namespace fettle::net
