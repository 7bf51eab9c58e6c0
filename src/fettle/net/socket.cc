#include "fettle/net/socket.h"

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>

#include "fettle/net/tls_session.h"

namespace fettle::net {
namespace {

constexpr std::size_t kMaxParts = 64;

// 30 + 3 * 10 s of silence, or 60 s of bytes that nobody acknowledges.
constexpr int kKeepIdleS = 30;
constexpr int kKeepIntervalS = 10;
constexpr int kKeepCount = 3;
constexpr int kUserTimeoutMs = 60'000;

void set_option(int fd, int level, int name, int value) {
  ignore(::setsockopt(fd, level, name, &value, sizeof value),
         "a courtesy: without it the connection works too");
}

bool is_would_block(int error) {
  return error == EAGAIN || error == EWOULDBLOCK;
}

}  // namespace

/// The socket lies here too: a wait that sends on its own must find it, wherever the Socket was moved to.
struct Socket::Tls : std::enable_shared_from_this<Socket::Tls> {
  Tls(boost::asio::ip::tcp::socket carrier, std::unique_ptr<TlsSession> with)
      : socket(std::move(carrier)), session(std::move(with)) {}
  boost::asio::ip::tcp::socket socket;
  std::unique_ptr<TlsSession> session;
  bool is_flushing = false;

  void flush_later() {
    if (is_flushing || !session->has_unsent() || !socket.is_open()) return;
    is_flushing = true;
    socket.async_wait(boost::asio::socket_base::wait_write,
                      [weak = weak_from_this()](boost::system::error_code error) {
                        const auto self = weak.lock();
                        if (!self) return;
                        self->is_flushing = false;
                        if (!error && self->socket.is_open() && self->session->flush()) self->flush_later();
                      });
  }
};

Socket::Socket(boost::asio::ip::tcp::socket socket) : socket_(std::move(socket)) {
  boost::system::error_code error;
  socket_.non_blocking(true, error);
  set_option(socket_.native_handle(), IPPROTO_TCP, TCP_NODELAY, 1);
}

Socket::~Socket() {
  close();
}

void Socket::begin_tls(std::unique_ptr<TlsSession> session) {
  tls_ = std::make_shared<Tls>(std::move(socket_), std::move(session));
}

TlsSession& Socket::tls() {
  return *tls_->session;
}

boost::asio::ip::tcp::socket& Socket::tcp() {
  return tls_ ? tls_->socket : socket_;
}
const boost::asio::ip::tcp::socket& Socket::tcp() const {
  return tls_ ? tls_->socket : socket_;
}

int Socket::descriptor() {
  return tcp().native_handle();
}

std::ptrdiff_t Socket::read_some(std::span<char> out) {
  if (!is_open()) return kGone;
  if (tls_) {
    const std::ptrdiff_t count = tls_->session->read(out);
    tls_->flush_later();  // reading may have had something to answer
    return count;
  }
  for (;;) {
    const ::ssize_t count = ::recv(socket_.native_handle(), out.data(), out.size(), MSG_DONTWAIT);
    if (count >= 0) return count;
    if (errno == EINTR) continue;
    return is_would_block(errno) ? kWouldBlock : kGone;
  }
}

std::ptrdiff_t Socket::write_some(std::span<const std::string_view> parts) {
  if (!is_open()) return kGone;
  if (tls_) {
    const std::ptrdiff_t count = tls_->session->write(parts);
    tls_->flush_later();
    return count;
  }
  std::array<::iovec, kMaxParts> pieces;
  ::msghdr message{};
  message.msg_iov = pieces.data();
  for (const std::string_view part : parts) {
    if (part.empty()) continue;
    if (message.msg_iovlen == kMaxParts) break;
    pieces[message.msg_iovlen++] = {const_cast<char*>(part.data()), part.size()};
  }
  if (message.msg_iovlen == 0) return 0;
  for (;;) {
    const ::ssize_t count = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count >= 0) return count;
    if (errno == EINTR) continue;
    return is_would_block(errno) ? 0 : kGone;
  }
}

Task<bool> Socket::wait(boost::asio::socket_base::wait_type what) {
  if (!is_open()) co_return false;
  if (tls_ && what == boost::asio::socket_base::wait_read && tls_->session->has_more()) co_return true;
  boost::system::error_code error;
  co_await tcp().async_wait(what, boost::asio::redirect_error(boost::asio::use_awaitable, error));
  if (!error) co_return true;
  const auto cancelled = co_await boost::asio::this_coro::cancellation_state;
  if (cancelled.cancelled() != boost::asio::cancellation_type::none) throw boost::system::system_error(error);
  co_return false;
}

Task<bool> Socket::wait_readable() {
  return wait(boost::asio::socket_base::wait_read);
}
Task<bool> Socket::wait_writable() {
  return wait(boost::asio::socket_base::wait_write);
}

Task<bool> Socket::wait_sent() {
  while (tls_ && tls_->session->has_unsent()) {
    if (!co_await wait_writable() || !tls_->session->flush()) co_return false;
  }
  co_return is_open();
}

void Socket::on_readable(std::move_only_function<void(bool)> callback) {
  if (tls_ && tls_->session->has_more() && is_open()) {
    boost::asio::post(tcp().get_executor(), [callback = std::move(callback)]() mutable { callback(true); });
    return;
  }
  tcp().async_wait(
      boost::asio::socket_base::wait_read,
      [callback = std::move(callback)](boost::system::error_code error) mutable { callback(!error); });
}

void Socket::on_writable(std::move_only_function<void(bool)> callback) {
  tcp().async_wait(
      boost::asio::socket_base::wait_write,
      [callback = std::move(callback)](boost::system::error_code error) mutable { callback(!error); });
}

void Socket::watch_for_dead_peer() {
  const int fd = descriptor();
  set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, kKeepIdleS);
  set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, kKeepIntervalS);
  set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, kKeepCount);
  set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, kUserTimeoutMs);
}

void Socket::shutdown_sending() {
  boost::system::error_code error;
  if (!is_open()) return;
  if (tls_) tls_->session->send_close();
  tcp().shutdown(boost::asio::socket_base::shutdown_send, error);
}

void Socket::close() {
  boost::system::error_code error;
  if (!is_open()) return;
  if (tls_) tls_->session->send_close();
  tcp().close(error);
}

void Socket::close_with_reset() {
  boost::system::error_code error;
  if (is_open()) tcp().set_option(boost::asio::socket_base::linger(true, 0), error);
  if (is_open()) tcp().close(error);
}

Task<bool> write_all(Socket& socket, std::span<std::string_view> parts) {
  std::size_t first = 0;
  for (;;) {
    while (first < parts.size() && parts[first].empty()) ++first;
    if (first == parts.size()) break;
    std::ptrdiff_t taken = socket.write_some(parts.subspan(first));
    if (taken < 0) co_return false;
    if (taken == 0 && !co_await socket.wait_writable()) co_return false;
    while (taken > 0) {
      std::string_view& part = parts[first];
      const std::size_t count = std::min(part.size(), static_cast<std::size_t>(taken));
      part.remove_prefix(count);
      taken -= static_cast<std::ptrdiff_t>(count);
      if (part.empty()) ++first;
    }
  }
  if (!socket.is_tls()) co_return true;
  co_return co_await socket.wait_sent();
}

std::string address_text(const boost::asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6()).to_string();
  }
  return address.to_string();
}

}  // namespace fettle::net
