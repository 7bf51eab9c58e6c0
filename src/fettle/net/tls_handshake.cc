#include "fettle/net/tls_handshake.h"

namespace fettle::net {

Task<Result<>> shake_hands(Socket& socket) {
  for (;;) {
    bool is_open = false;
    switch (socket.tls().shake_hands()) {
      case TlsSession::Step::done:
        co_return Result<>{};
      case TlsSession::Step::want_read:
        is_open = co_await socket.wait_readable();
        break;
      case TlsSession::Step::want_write:
        is_open = co_await socket.wait_writable();
        break;
      case TlsSession::Step::failed: {
        Error error = socket.tls().failure();
        if (error.reason.empty()) {
          error = {ErrorCode::unavailable,
                   "connection_lost",
                   "the connection was lost during the handshake",
                   {},
                   0};
        }
        co_return std::unexpected(std::move(error));
      }
    }
    if (!is_open) co_return fail(ErrorCode::closed, "closed", "the connection was closed");
  }
}

Task<Result<>> secure(Socket& socket, TlsClient& client, std::string host, std::vector<CertificatePin> pins) {
  socket.begin_tls(client.connect(socket.descriptor(), host, std::move(pins)));
  auto shaken = co_await shake_hands(socket);
  if (!shaken) shaken.error().detail = host + ": " + shaken.error().detail;
  co_return shaken;
}

}  // namespace fettle::net
