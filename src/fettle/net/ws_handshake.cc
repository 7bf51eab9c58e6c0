#include "fettle/net/ws_handshake.h"

#include "fettle/base/encoding.h"
#include "fettle/base/sha1.h"
#include "fettle/base/text.h"

namespace fettle::net {
namespace {

constexpr std::string_view kHandshakeGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // RFC 6455 section 1.3
constexpr std::size_t kKeyBytes = 16;

}  // namespace

std::string web_socket_accept(std::string_view key) {
  return base64_encode(sha1(std::string(key).append(kHandshakeGuid)));
}

bool has_token(std::string_view list, std::string_view token) {
  return std::ranges::any_of(split(list, ','),
                             [&](std::string_view part) { return equals_ignoring_case(trim(part), token); });
}

std::optional<std::string_view> check_web_socket(const Request& request, std::string_view subprotocol) {
  if (request.method != Method::get) return "the method must be GET";
  if (!has_token(request.headers.get("Connection"), "upgrade")) return "Connection does not say upgrade";
  if (!has_token(request.headers.get("Upgrade"), "websocket")) return "Upgrade does not say websocket";
  if (request.headers.get("Sec-WebSocket-Version") != "13") return "the version must be 13";
  const auto key = base64_decode(request.headers.get("Sec-WebSocket-Key"));
  if (!key || key->size() != kKeyBytes) return "the key is not 16 bytes of base64";
  if (subprotocol.empty()) return std::nullopt;
  const bool is_offered = std::ranges::any_of(request.headers.all(), [&](const auto& header) {
    return equals_ignoring_case(header.first, "Sec-WebSocket-Protocol") &&
           has_token(header.second, subprotocol);
  });
  if (!is_offered) return "the subprotocol of this path is not offered";
  return std::nullopt;
}

}  // namespace fettle::net
