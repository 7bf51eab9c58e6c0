// Whole binary messages in both directions, in order: a WebSocket in the product, a cut line in the
// simulation. Loop thread only.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "fettle/base/certificate_pin.h"
#include "fettle/base/result.h"
#include "fettle/io/task.h"

namespace fettle::net {

/// Close codes: RFC 6455 section 7.4.1, and our own from 4400.
enum class CloseCode : std::uint16_t {
  normal = 1000,
  going_away = 1001,
  policy = 1008,
  too_big = 1009,
  internal = 1011,
  service_restart = 1012,
  try_later = 1013,
  bad_message = 4400,
  unauthenticated = 4401,
  revoked = 4403,
  cloned = 4409,    // two of one identity at the same time; a person has to say which one is good
  replaced = 4410,  // by a newer link of the same agent
  protocol_unsupported = 4426,
  too_fast = 4429,
};

class MessageChannel {
 public:
  virtual ~MessageChannel() = default;  // aborts the connection if it is still open
  /// The next whole message; `closed` when the peer closed (close_code() and close_reason() then say why),
  /// `too_large` when it exceeds the limit, `timeout` when nothing (not even a pong) came for 60 s. One
  /// reader at a time; a peer that never pauses does not keep the loop from others. The string's capacity is
  /// reused: pass the last one back in.
  virtual Task<Result<std::string>> receive(std::string reuse) = 0;
  /// From the next message on, what is longer is refused. A server's channel begins with 16 KiB, because
  /// nobody knows yet who is there (net/http_server.h); a channel without a network has no limit.
  virtual void limit_messages(std::size_t bytes) { static_cast<void>(bytes); }
  /// Queues a message; false when the bounded queue (1 MiB or 256 messages) is full or the channel is closed.
  [[nodiscard]] virtual bool try_send(std::string message) = 0;
  /// Bytes queued and not yet taken by the kernel.
  [[nodiscard]] virtual std::size_t queued_bytes() const = 0;
  /// Sends what is queued, then a close frame; returns when the peer has answered, at most 2 s later.
  virtual Task<void> close(CloseCode code, std::string reason) = 0;
  /// Drops the connection at once; a waiting receive() ends with `closed`. For use outside the channel's own
  /// task.
  virtual void abort(CloseCode code, std::string_view reason) = 0;
  [[nodiscard]] virtual std::uint16_t close_code() const = 0;
  [[nodiscard]] virtual std::string close_reason() const = 0;
  [[nodiscard]] virtual std::string peer_address() const = 0;
  /// The same bytes on both ends of one TLS connection and on no other (RFC 9266): what is signed together
  /// with them is worth nothing elsewhere. nullopt where this end of the channel speaks no TLS, empty where
  /// it does but the version of TLS has no such thing.
  [[nodiscard]] virtual std::optional<std::string> channel_binding() const { return std::nullopt; }
  /// The key of the other side's certificate, where it showed one.
  [[nodiscard]] virtual std::optional<CertificatePin> peer_pin() const { return std::nullopt; }
};

struct DialOrder {
  std::string url;  // ws://host:port/path, wss://...
  std::string subprotocol;
  std::vector<CertificatePin> pins;  // as of ClientRequest
};

/// How an agent reaches its server; the simulation has its own.
class Dialer {
 public:
  virtual ~Dialer() = default;
  /// Errors name the cause: `unavailable` with reason "name_not_resolved", "refused", "unreachable", those of
  /// TLS (tls_failure.h), `timeout`, or "handshake_refused" with the HTTP status in the detail.
  virtual Task<Result<std::unique_ptr<MessageChannel>>> dial(DialOrder order) = 0;
};

}  // namespace fettle::net
