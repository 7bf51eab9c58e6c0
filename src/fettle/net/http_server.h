// The HTTP/1.1 server: one port, any number of connections, answers from the router. Loop thread. `app`
// builds it, calls start(), and stop() before the services behind the routes go. Streams (ByteStream) and
// WebSockets leave it when they begin but are closed by its stop().
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fettle/base/result.h"
#include "fettle/base/time.h"
#include "fettle/io/task.h"

namespace fettle::io {
class Clock;
class Log;
class Loop;
class Random;
class WorkQueue;
}  // namespace fettle::io

namespace fettle::net {

class Router;
class TlsServer;

/// What one client may cost (S10). Times run from the first byte of their part and are checked by one sweep.
struct HttpLimits {
  std::size_t header_bytes = 16 * 1024;
  std::size_t header_fields = 100;
  std::size_t target_bytes = 8 * 1024;
  std::size_t body_bytes = 8 * 1024 * 1024;  // no route may allow more
  std::size_t connections_per_address = 256;
  std::size_t connections_per_local_address = 20'000;  // a proxy, a simulation: one address for many clients
  std::size_t connections = 20'000;
  std::size_t requests_in_flight = 1'024;
  std::size_t message_bytes = 16 * 1024;  // one WebSocket message, until MessageChannel::limit_messages
  Millis handshake_timeout{10'000};
  Millis header_timeout{10'000};
  Millis body_timeout{30'000};
  Millis write_timeout{30'000};
  Millis idle_timeout{60'000};
  Millis sweep_interval{1'000};
};

struct HttpOptions {
  std::string address = "127.0.0.1";  // an IP address; "::" listens on both families
  std::uint16_t port = 0;             // 0: any free one
  HttpLimits limits;
  /// Names under which requests are served beside IP addresses and localhost (host_name.h); others get 421.
  /// Not given: any.
  std::optional<std::vector<std::string>> host_names;
  /// Addresses or networks ("10.0.0.0/8") whose X-Forwarded-For and X-Forwarded-Proto are believed.
  std::vector<std::string> trusted_proxies;
  /// "/fettle": a path that all requests may begin with, for a proxy that passes it on; empty: none.
  std::string base_path;
  /// Where large answers are compressed; none: those are sent as they are.
  io::WorkQueue* workers = nullptr;
  /// Who else than a trusted proxy or this machine itself connects is turned away.
  bool is_for_proxies_only = false;
  /// Speaks TLS, and answers plain requests by saying so. Shared with whoever exchanges its certificate.
  std::shared_ptr<TlsServer> tls;
};

struct HttpFigures {
  std::uint64_t connections_accepted = 0;
  std::uint64_t connections_refused_by_address = 0;
  std::uint64_t connections_refused_by_total = 0;
  std::uint64_t connections_timed_out = 0;
  std::uint64_t connections_refused_by_origin = 0;  // no proxy of ours
  std::uint64_t handshakes = 0;
  std::uint64_t handshakes_failed = 0;
  std::uint64_t handshakes_distrusted = 0;  // of those, by clients that do not take the certificate
  std::uint64_t requests_refused_by_load = 0;
  std::uint64_t requests_unreadable = 0;
  std::array<std::uint64_t, 6> answers_by_class{};  // [2]: 2xx; [0] is not used
  std::size_t connections_open = 0;                 // streams and WebSockets included
  std::size_t streams_open = 0;
  std::size_t websockets_open = 0;
  std::size_t requests_in_flight = 0;
};

class HttpServer {
 public:
  HttpServer(io::Loop& loop, io::Clock& clock, io::Random& random, const io::Log& log, Router& router,
             HttpOptions options);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Binds, listens and accepts. Errors: `invalid_input` for an address or a network that cannot be read,
  /// `conflict` ("address_in_use") or `io` ("address_refused") when the system says no.
  Result<> start();
  /// The port that is really used, once started.
  [[nodiscard]] std::uint16_t port() const;

  /// Accepts no more, ends idle connections and streams, asks WebSockets to close, lets requests finish until
  /// `deadline`, then cancels what is left. Safe to call twice.
  Task<void> stop(MonoTime deadline);

  [[nodiscard]] HttpFigures figures() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fettle::net
