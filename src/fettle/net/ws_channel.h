// MessageChannel over a WebSocket whose handshake is done. Both sides use it: HttpServer for agents that
// connect, WsDialer for the agent itself. Loop thread.
#pragma once
#include <memory>
#include <string>

#include "fettle/net/connection_book.h"
#include "fettle/net/message_channel.h"
#include "fettle/net/socket.h"
#include "fettle/net/ws_frame.h"
#include "fettle/net/ws_sweep.h"

namespace fettle::io {
class Clock;
class Loop;
class Random;
}  // namespace fettle::io

namespace fettle::net {

struct WsServices {
  io::Loop& loop;
  io::Clock& clock;
  io::Random& random;
  std::shared_ptr<WsSweep> sweep;  // its run() must be spawned, or nothing is pinged or times out
};

struct WsSettings {
  WsRole role = WsRole::server;
  std::size_t max_message_bytes = 1024 * 1024;
  std::string peer_address;
};

constexpr std::size_t kMaxQueuedBytes = 1024 * 1024;
constexpr std::size_t kMaxQueuedMessages = 256;

/// `received` is what came behind the handshake already.
std::unique_ptr<MessageChannel> make_ws_channel(WsServices services, WsSettings settings, Socket socket,
                                                std::string received, ConnectionTicket ticket);

}  // namespace fettle::net
