// The one place that knows what carries the bytes: a non-blocking TCP socket, plain or with a TLS session on
// it. Reads and writes try once and say "would block"; waiting is apart from them. Loop thread only.
#pragma once
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <memory>
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

class TlsSession;

class Socket {
 public:
  /// Takes over a connected socket: non-blocking, no delay.
  explicit Socket(boost::asio::ip::tcp::socket socket);
  ~Socket();  // as close()
  Socket(Socket&& other) noexcept = default;
  Socket& operator=(Socket&&) = delete;

  /// From here on the session carries the bytes; its handshake is the caller's to drive.
  void begin_tls(std::unique_ptr<TlsSession> session);
  [[nodiscard]] bool is_tls() const { return tls_ != nullptr; }
  /// Only when is_tls().
  [[nodiscard]] TlsSession& tls();
  [[nodiscard]] int descriptor();

  /// Bytes read, 0 at the end of the stream, kWouldBlock, or kGone.
  std::ptrdiff_t read_some(std::span<char> out);
  /// Bytes that the kernel took (0 when it takes none at present) or kGone. One system call, at most 64 parts
  /// of it; over TLS one for each 16 KiB, and what the kernel left of the last is sent from here.
  std::ptrdiff_t write_some(std::span<const std::string_view> parts);

  /// True when it is worth trying again, false when the socket was closed meanwhile. Cancellation ends it by
  /// exception.
  Task<bool> wait_readable();
  Task<bool> wait_writable();
  /// Until the kernel has all that was taken here.
  Task<bool> wait_sent();
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
  [[nodiscard]] bool is_open() const { return tcp().is_open(); }

 private:
  struct Tls;
  [[nodiscard]] boost::asio::ip::tcp::socket& tcp();
  [[nodiscard]] const boost::asio::ip::tcp::socket& tcp() const;
  Task<bool> wait(boost::asio::socket_base::wait_type what);

  boost::asio::ip::tcp::socket socket_;  // moved into `tls_` when there is one
  std::shared_ptr<Tls> tls_;             // shared with the wait that sends what the kernel did not take
};

/// Writes all parts, waiting as needed. False when the connection is gone. `parts` must stay valid (they
/// belong to the caller's own frame).
Task<bool> write_all(Socket& socket, std::span<std::string_view> parts);

/// "127.0.0.1", "::1"; an IPv4 address in IPv6 clothes is shown as IPv4.
std::string address_text(const boost::asio::ip::address& address);

}  // namespace fettle::net
