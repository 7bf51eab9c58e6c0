// The server's side of TLS: its certificate and key, as new connections get them. Can be exchanged at any
// time; connections that stand go on as they are. Loop thread.
#pragma once
#include <memory>
#include <string>

#include "fettle/net/tls_certificate.h"
#include "fettle/net/tls_session.h"

namespace fettle::net {

class TlsServer {
 public:
  /// Errors as of check_tls_files, or `corrupt` ("certificate_refused") for what the library does not take.
  static Result<std::shared_ptr<TlsServer>> make(TlsFiles files);
  ~TlsServer();
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  /// Errors as of make; then the old ones stay.
  Result<> exchange(TlsFiles files);
  /// Tickets that were given out until now resume nothing any more: who takes a ticket key reads only the
  /// sessions of its time (TLS 1.2).
  void renew_ticket_keys();
  [[nodiscard]] const CertificateFacts& facts() const;

  /// `received` are the first bytes of the connection.
  std::unique_ptr<TlsSession> accept(int descriptor, std::string received);

 private:
  TlsServer();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The client's side. One for all connections of a process; what the system trusts is read when it is needed.
class TlsClient {
 public:
  TlsClient();
  ~TlsClient();
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  /// With pins the server's key must be one of them, and its certificate may say what it likes; without, the
  /// system's authorities must vouch for it under the name `host`.
  std::unique_ptr<TlsSession> connect(int descriptor, const std::string& host,
                                      std::vector<CertificatePin> pins);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fettle::net
