// The handshake of a socket that has become TLS, waited for. Loop thread. No deadline of its own.
#pragma once
#include "fettle/net/socket.h"
#include "fettle/net/tls_server.h"

namespace fettle::net {

/// Errors as of TlsSession::failure, `closed` when the socket was closed meanwhile.
Task<Result<>> shake_hands(Socket& socket);

/// Makes a connected socket a TLS connection to `host`, whose certificate was verified when it returns.
Task<Result<>> secure(Socket& socket, TlsClient& client, std::string host, std::vector<CertificatePin> pins);

}  // namespace fettle::net
