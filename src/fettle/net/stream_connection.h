// What is left of a connection once its answer has become a stream: the socket, two callbacks, a place in the
// book. Everything that parses has been given back by then, so that a subscriber stays far below 4 KiB (F5).
#pragma once
#include <memory>

#include "fettle/net/byte_stream.h"
#include "fettle/net/connection_book.h"
#include "fettle/net/socket.h"

namespace fettle::net {

class StreamConnection final : public ByteStream, public std::enable_shared_from_this<StreamConnection> {
 public:
  StreamConnection(Socket socket, ConnectionTicket ticket);
  ~StreamConnection() override;

  /// Begins to watch for the peer's going.
  void start();

  std::ptrdiff_t try_write(std::span<const std::string_view> parts) override;
  void on_writable(Callback callback) override;
  void on_closed(Callback callback) override;
  void close() override;
  /// As if the peer had gone: closes and tells the owner.
  void end();

 private:
  void watch();
  void readable();

  Socket socket_;
  ConnectionTicket ticket_;
  Callback closed_;
  Callback writable_;
  bool is_waiting_for_write_ = false;
};

}  // namespace fettle::net
