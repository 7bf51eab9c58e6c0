// The one place that knows what carries the bytes: a non-blocking TCP socket today. Reads and writes try once
// and say "would block"; waiting is apart from them. A TLS session fits behind the same functions. Loop
// thread only.
#pragma once
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "fettle/base/result.h"
#include "fettle/io/task.h"

namespace fettle::io {
class Loop;
}

namespace fettle::net {

constexpr std::ptrdiff_t kWouldBlock = -1;
constexpr std::ptrdiff_t kGone = -2;

class Socket {
 public:
  /// Takes over a connected socket: non-blocking, no delay.
  explicit Socket(boost::asio::ip::tcp::socket socket);

  /// Bytes read, 0 at the end of the stream, kWouldBlock, or kGone.
  std::ptrdiff_t read_some(std::span<char> out);
  /// Bytes that the kernel took (0 when it takes none at present) or kGone. One system call, at most 64 parts
  /// of it.
  std::ptrdiff_t write_some(std::span<const std::string_view> parts);

  /// True when it is worth trying again, false when the socket was closed meanwhile. Cancellation ends it by
  /// exception.
  Task<bool> wait_readable();
  Task<bool> wait_writable();
  /// The same as callbacks, on a later turn; false when the socket was closed.
  void on_readable(std::move_only_function<void(bool)> callback);
  void on_writable(std::move_only_function<void(bool)> callback);

  /// Notices a peer that vanished without a word within 60 s (T17).
  void watch_for_dead_peer();
  void shutdown_sending();
  /// Ends pending waits. Safe to call twice.
  void close();
  /// Closes so that the peer gets a reset: nothing lingers in the kernel.
  void close_with_reset();
  [[nodiscard]] bool is_open() const { return socket_.is_open(); }

 private:
  Task<bool> wait(boost::asio::socket_base::wait_type what);
  boost::asio::ip::tcp::socket socket_;
};

/// Writes all parts, waiting as needed. False when the connection is gone. `parts` must stay valid (they
/// belong to the caller's own frame).
Task<bool> write_all(Socket& socket, std::span<std::string_view> parts);

/// "127.0.0.1", "::1"; an IPv4 address in IPv6 clothes is shown as IPv4.
std::string address_text(const boost::asio::ip::address& address);

}  // namespace fettle::net
