// One TLS connection over a non-blocking socket that somebody else owns. It tries once and says what it waits
// for; it waits for nothing itself. What the kernel did not take of a record is kept here (flush), so that
// what write() took is taken. Loop thread.
#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "fettle/base/certificate_pin.h"
#include "fettle/base/result.h"

struct ssl_st;  // OpenSSL's; nobody else includes its headers

namespace fettle::net {

class TlsSession {
 public:
  enum class Step : std::uint8_t { done, want_read, want_write, failed };

  /// `ssl` is set up for its role and belongs to the session from here on. `received` came before.
  TlsSession(ssl_st* ssl, int descriptor, std::string received);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  /// Client: whose certificate is good by its key alone; without pins the chain and the name count.
  void expect_pins(std::vector<CertificatePin> pins);

  Step shake_hands();
  /// Why it failed: `unavailable`, and a reason that names the certificate's fault (tls_failure.h).
  [[nodiscard]] const Error& failure() const;

  /// As Socket::read_some. Fills `out` as far as there is something, so that a short read means "no more".
  std::ptrdiff_t read(std::span<char> out);
  /// As Socket::write_some.
  std::ptrdiff_t write(std::span<const std::string_view> parts);
  /// There is more to read although the socket may not say so.
  [[nodiscard]] bool has_more() const;
  [[nodiscard]] bool has_unsent() const;
  /// False when the connection is gone.
  bool flush();
  /// Says that nothing more will be sent; a try.
  void send_close();

  /// tls-exporter of RFC 9266, the same on both ends of this very connection; empty before the handshake is
  /// done, and for a connection that cannot have one (TLS 1.2 without extended master secret).
  [[nodiscard]] std::string channel_binding() const;
  /// Of the other side's certificate.
  [[nodiscard]] std::optional<CertificatePin> peer_pin() const;

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace fettle::net
