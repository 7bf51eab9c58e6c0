// How a connection begins where TLS is spoken. A handshake gets its place at the gate only when the client's
// hello is here in full: who sends half of one costs its own connection and nobody else's turn.
#include "fettle/base/text.h"
#include "fettle/net/http_connection.h"
#include "fettle/net/server_state.h"
#include "fettle/net/tls_handshake.h"

namespace fettle::net {
namespace {

constexpr char kHandshakeRecord = 22;  // RFC 8446 section 5.1
constexpr std::size_t kRecordHeadBytes = 5;
constexpr std::size_t kLongestHello = 16 * 1024;
constexpr Seconds kBetweenFailureLines{10};

enum class Opening : std::uint8_t { incomplete, hello, plain, garbage };

/// What the first bytes of a connection are.
Opening look_at(std::string_view bytes) {
  if (bytes.empty()) return Opening::incomplete;
  // A method of HTTP begins with a letter; empty lines may stand before it (RFC 9112 section 2.2).
  const char first = bytes.front();
  if ((first >= 'A' && first <= 'Z') || (first >= 'a' && first <= 'z') || first == '\r' || first == '\n') {
    return Opening::plain;
  }
  if (first != kHandshakeRecord) return Opening::garbage;
  if (bytes.size() < kRecordHeadBytes) return Opening::incomplete;
  const auto byte = [bytes](std::size_t at) {
    return static_cast<std::size_t>(static_cast<unsigned char>(bytes[at]));
  };
  const std::size_t size = byte(3) << 8 | byte(4);
  if (byte(1) != 3 || size == 0 || size > kLongestHello) return Opening::garbage;
  return bytes.size() < kRecordHeadBytes + size ? Opening::incomplete : Opening::hello;
}

}  // namespace

Task<bool> HttpConnection::welcome() {
  enter(Phase::handshake, server_.options.limits.handshake_timeout);
  std::string bytes;
  for (;;) {
    switch (look_at(bytes)) {
      case Opening::incomplete:
        break;
      case Opening::plain:
        pending_ = std::move(bytes);
        co_return true;
      case Opening::garbage:
        ++server_.figures.handshakes_failed;
        socket_.close_with_reset();
        co_return false;
      case Opening::hello:
        co_return co_await shake_hands_in_turn(std::move(bytes));
    }
    const std::span<char> scratch(server_.scratch);
    const std::ptrdiff_t count =
        socket_.read_some(scratch.first(kRecordHeadBytes + kLongestHello - bytes.size()));
    if (count == kWouldBlock) {
      if (!co_await socket_.wait_readable()) co_return false;
      continue;
    }
    if (count <= 0) co_return false;
    bytes.append(scratch.data(), static_cast<std::size_t>(count));
  }
}

Task<bool> HttpConnection::shake_hands_in_turn(std::string hello) {
  if (!co_await server_.handshakes.wait(server_.clock.mono_now(), [this] { return socket_.is_open(); })) {
    co_return false;
  }
  const HandshakeGate::Place place(server_.handshakes, server_.clock.mono_now(), [this] { socket_.close(); });
  socket_.begin_tls(server_.options.tls->accept(socket_.descriptor(), std::move(hello)));
  auto shaken = co_await shake_hands(socket_);
  if (shaken) {
    ++server_.figures.handshakes;
    is_tls_ = true;
    enter(Phase::idle, server_.options.limits.header_timeout);
    co_return true;
  }
  ++server_.figures.handshakes_failed;
  const MonoTime now = server_.clock.mono_now();
  // Every look of a browser that has not been told to trust our own certificate ends so: no news.
  const bool is_distrust = shaken.error().reason == "certificate_distrusted";
  if (is_distrust) {
    ++server_.figures.handshakes_distrusted;
    server_.log.debug("a client does not trust the certificate",
                      {{"address", ticket_.address()}, {"detail", shaken.error().detail}});
  }
  if (!is_distrust && shaken.error().code != ErrorCode::closed &&
      now - server_.handshake_failure_told >= kBetweenFailureLines) {
    server_.handshake_failure_told = now;
    server_.log.info("a TLS handshake failed", {{"address", ticket_.address()},
                                                {"reason", shaken.error().reason},
                                                {"detail", shaken.error().detail},
                                                {"failed_until_now", server_.figures.handshakes_failed}});
  }
  const std::span<char> scratch(server_.scratch);
  // What lies unread would turn the close into a reset, and the peer would not get the alert that says why.
  socket_.shutdown_sending();
  ignore(socket_.read_some(scratch), "it is of no use any more");
  co_return false;
}

Response HttpConnection::refuse_plain(const Request& request) const {
  const std::string_view host = request.headers.get("Host");
  const bool is_browser = request.headers.get("Accept").contains("text/html");
  const bool is_reading = request.method == Method::get || request.method == Method::head;
  Response refusal;
  if (is_browser && is_reading && !host.empty()) {
    refusal.status = 308;
    refusal.headers.add("Location", "https://" + std::string(host) + request.target);
  } else {
    refusal =
        problem(400, "https_needed",
                "This port speaks TLS: the address begins with https:// (agents: enrol with the command "
                "of 'Add a host').",
                request.id);
  }
  refusal.headers.set("Connection", "close");
  return refusal;
}

}  // namespace fettle::net
