#include "fettle/net/ws_dialer.h"

#include "fettle/base/encoding.h"
#include "fettle/base/text.h"
#include "fettle/io/clock.h"
#include "fettle/io/random.h"
#include "fettle/net/client.h"
#include "fettle/net/connector.h"
#include "fettle/net/deadline.h"
#include "fettle/net/tls_handshake.h"
#include "fettle/net/ws_handshake.h"

namespace fettle::net {
namespace {

constexpr std::size_t kMaxRefusalBytes = 64 * 1024;

std::unexpected<Error> refused(const ClientAnswer& answer) {
  const std::string status = std::to_string(answer.status) + " " + std::string(status_phrase(answer.status));
  Error said = error_of(answer);
  return std::unexpected(Error{ErrorCode::unavailable,
                               "handshake_refused",
                               "the server refused the link with " + status + ": " + said.detail,
                               {},
                               0});
}

}  // namespace

WsDialer::WsDialer(io::Loop& loop, io::Clock& clock, io::Random& random, io::Log& log, DialSettings settings)
    : services_{loop, clock, random, std::make_shared<WsSweep>(WsSweep::kDialerInterval)},
      settings_(settings),
      tasks_(loop, log) {}

Task<WsDialer::Dialled> WsDialer::dial(DialOrder order) {
  if (!is_sweeping_) {
    is_sweeping_ = true;
    tasks_.spawn("web_socket_sweep", WsSweep::run(services_.sweep, services_.clock));
    tasks_.spawn("web_socket_closes", WsSweep::run_closes(services_.sweep, services_.clock));
  }
  const MonoTime due = services_.clock.mono_now() + settings_.timeout;
  std::string late = "no link to " + order.url + " came about in time";
  return with_deadline(services_.clock, due, std::move(late), dial_now(std::move(order)));
}

Task<WsDialer::Dialled> WsDialer::dial_now(DialOrder order) {
  FETTLE_CO_TRY(const Url url, parse_url(order.url));
  if (url.scheme != "ws" && url.scheme != "wss") {
    co_return fail(ErrorCode::invalid_input, "bad_url",
                   "links to addresses that begin with " + url.scheme + ":// cannot be made");
  }
  FETTLE_CO_TRY(Socket socket, co_await connect_to(services_.loop, url.host, url.port));
  if (url.scheme == "wss") {
    if (auto safe = co_await secure(socket, tls_, url.host, std::move(order.pins)); !safe) {
      co_return std::unexpected(std::move(safe).error());
    }
  }
  std::array<std::uint8_t, 16> nonce{};
  services_.random.fill(nonce);
  const std::string key = base64_encode(nonce);
  std::string request = "GET " + url.target + " HTTP/1.1\r\nHost: " + url.authority() +
                        "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nUser-Agent: fettle\r\n"
                        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " +
                        key + "\r\n";
  if (!order.subprotocol.empty()) request += "Sec-WebSocket-Protocol: " + order.subprotocol + "\r\n";
  request += "\r\n";
  ResponseParser parser(kMaxRefusalBytes, true);
  std::string rest;
  FETTLE_CO_TRY(const ClientAnswer answer, co_await exchange(socket, std::move(request), parser, rest));
  if (answer.status != 101) co_return refused(answer);
  const bool is_right = has_token(answer.headers.get("Connection"), "upgrade") &&
                        equals_ignoring_case(answer.headers.get("Upgrade"), "websocket") &&
                        answer.headers.get("Sec-WebSocket-Accept") == web_socket_accept(key) &&
                        answer.headers.get("Sec-WebSocket-Protocol") == order.subprotocol &&
                        !answer.headers.has("Sec-WebSocket-Extensions");
  if (!is_right) {
    co_return fail(ErrorCode::unavailable, "handshake_refused",
                   "the other side answered 101 but does not speak our protocol");
  }
  WsSettings settings;
  settings.role = WsRole::client;
  settings.max_message_bytes = settings_.max_message_bytes;
  settings.peer_address = url.authority();
  co_return make_ws_channel(services_, std::move(settings), std::move(socket), std::move(rest),
                            ConnectionTicket());
}

}  // namespace fettle::net
