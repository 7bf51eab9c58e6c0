// The opening handshake of a WebSocket (RFC 6455 section 4). Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "fettle/net/http.h"

namespace fettle::net {

/// What is wrong with an upgrade request; nullopt: nothing. A path with a subprotocol wants it offered.
std::optional<std::string_view> check_web_socket(const Request& request, std::string_view subprotocol);

/// Sec-WebSocket-Accept for a Sec-WebSocket-Key.
std::string web_socket_accept(std::string_view key);

/// True when a comma-separated header value names the token, in any case.
bool has_token(std::string_view list, std::string_view token);

}  // namespace fettle::net
