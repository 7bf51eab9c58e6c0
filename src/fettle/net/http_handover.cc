// How a connection of HTTP ends as something else: a stream of events, or a WebSocket. The socket and its
// place in the count of connections go along.
#include <algorithm>

#include "fettle/net/http_connection.h"
#include "fettle/net/server_state.h"
#include "fettle/net/stream_connection.h"
#include "fettle/net/ws_channel.h"
#include "fettle/net/ws_handshake.h"

namespace fettle::net {
namespace {

/// Keeps the function for as long as its task runs, and counts it for stop().
Task<void> serve_channel(ServerState& server,
                         std::function<Task<void>(std::unique_ptr<MessageChannel>)> handler,
                         std::unique_ptr<MessageChannel> channel) {
  struct Serving {
    ServerState& server;
    explicit Serving(ServerState& state) : server(state) { ++server.serving; }
    ~Serving() { server.served_one(); }
  } const serving(server);
  co_await handler(std::move(channel));
}

}  // namespace

Task<void> HttpConnection::hand_to_stream(Response response) {
  HeadFacts facts;
  facts.date = server_.date.at(server_.clock.wall_now());
  facts.request_id = request_id_;
  facts.framing = Framing::to_close;
  facts.keeps_alive = false;
  facts.is_http_1_1 = parser_->is_http_1_1();
  facts.is_tls = is_tls_;
  ++server_.figures.answers_by_class[static_cast<std::size_t>(std::clamp(response.status / 100, 0, 5))];
  std::string head;
  append_head(head, response, facts);
  std::array<std::string_view, 1> parts{head};
  enter(Phase::writing, server_.options.limits.write_timeout);
  if (!co_await write_all(socket_, parts) || server_.is_stopping) co_return;
  const auto stream = std::make_shared<StreamConnection>(std::move(socket_), std::move(ticket_));
  stream->start();
  response.stream(stream);
}

Task<void> HttpConnection::hand_to_web_socket(std::shared_ptr<const Request> request, Response response) {
  response.status = 101;
  response.headers.add("Connection", "Upgrade");
  response.headers.add("Upgrade", "websocket");
  response.headers.add("Sec-WebSocket-Accept", web_socket_accept(request->headers.get("Sec-WebSocket-Key")));
  if (!response.websocket_protocol.empty()) {
    response.headers.add("Sec-WebSocket-Protocol", response.websocket_protocol);
  }
  HeadFacts facts;
  facts.date = server_.date.at(server_.clock.wall_now());
  facts.request_id = request_id_;
  facts.framing = Framing::upgrade;
  std::string head;
  append_head(head, response, facts);
  std::array<std::string_view, 1> parts{head};
  enter(Phase::writing, server_.options.limits.write_timeout);
  if (!co_await write_all(socket_, parts) || server_.is_stopping) co_return;
  WsSettings settings;
  settings.role = WsRole::server;
  settings.max_message_bytes = server_.options.limits.message_bytes;
  settings.peer_address = request->peer.address;
  WsServices services{server_.loop, server_.clock, server_.random, server_.web_sockets};
  auto channel = make_ws_channel(std::move(services), std::move(settings), std::move(socket_),
                                 std::move(pending_), std::move(ticket_));
  server_.tasks.spawn("web_socket",
                      serve_channel(server_, std::move(response.websocket), std::move(channel)));
}

}  // namespace fettle::net
