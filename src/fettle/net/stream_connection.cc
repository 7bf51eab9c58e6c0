#include "fettle/net/stream_connection.h"

namespace fettle::net {

StreamConnection::StreamConnection(Socket socket, ConnectionTicket ticket)
    : socket_(std::move(socket)), ticket_(std::move(ticket)) {
  ticket_.book()->streams.insert(this);
}

StreamConnection::~StreamConnection() {
  ticket_.book()->streams.erase(this);
}

void StreamConnection::start() {
  socket_.watch_for_dead_peer();
  watch();
}

void StreamConnection::watch() {
  // Weak: who drops the stream closes it, although a wait is pending.
  socket_.on_readable([weak = weak_from_this()](bool /*is_open*/) {
    if (const auto self = weak.lock()) self->readable();
  });
}

void StreamConnection::readable() {
  if (!socket_.is_open()) return;
  std::array<char, 512> ignored;  // a client has nothing to say on a stream; what it says is dropped
  const std::ptrdiff_t count = socket_.read_some(ignored);
  if (count == 0 || count == kGone) return end();
  watch();
}

std::ptrdiff_t StreamConnection::try_write(std::span<const std::string_view> parts) {
  const std::ptrdiff_t taken = socket_.write_some(parts);
  return taken == kGone ? -1 : taken;
}

void StreamConnection::on_writable(Callback callback) {
  writable_ = std::move(callback);
  if (is_waiting_for_write_) return;
  is_waiting_for_write_ = true;
  socket_.on_writable([weak = weak_from_this()](bool /*is_open*/) {
    const auto self = weak.lock();
    if (!self) return;
    self->is_waiting_for_write_ = false;
    if (Callback callback = std::exchange(self->writable_, nullptr)) callback();
  });
}

void StreamConnection::on_closed(Callback callback) {
  closed_ = std::move(callback);
}

void StreamConnection::close() {
  closed_ = nullptr;
  socket_.close();
}

void StreamConnection::end() {
  socket_.close();
  if (Callback callback = std::exchange(closed_, nullptr)) callback();
}

}  // namespace fettle::net
