// One HTTP request at a time, for the command line: no redirects, no cookies, a deadline, a bounded answer.
// Loop thread.
#pragma once
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "fettle/base/result.h"
#include "fettle/base/time.h"
#include "fettle/io/task.h"
#include "fettle/net/response_parser.h"
#include "fettle/net/socket.h"
#include "fettle/net/tls_server.h"
#include "fettle/net/url.h"

namespace fettle::io {
class Clock;
class Loop;
}  // namespace fettle::io

namespace fettle::net {

struct ClientRequest {
  Method method = Method::get;
  std::string url;
  Headers headers;  // Host, Content-Length, Connection, Accept and User-Agent are added
  std::string body;
  Millis timeout{10'000};
  std::size_t max_body_bytes = 8 * 1024 * 1024;
  /// For https: the keys that the server may have; none: the system's authorities decide.
  std::vector<CertificatePin> pins;
};

class HttpClient {
 public:
  HttpClient(io::Loop& loop, io::Clock& clock) : loop_(loop), clock_(clock) {}
  /// Any status is an answer. Errors: `invalid_input` ("bad_url"), those of connect_to, of TLS
  /// (tls_failure.h) and of exchange, `timeout`.
  Task<Result<ClientAnswer>> send(ClientRequest request);
  /// For answers that go on: the body of a 2xx answer is handed over as it comes (and is empty in the answer)
  /// until it ends or `on_body` returns false. `timeout` counts to the head, and between two pieces. Errors
  /// as above, and `closed` when the connection was lost in the middle.
  Task<Result<ClientAnswer>> stream(ClientRequest request, std::function<bool(std::string_view)> on_body);

 private:
  /// Connected, and over TLS verified.
  Task<Result<Socket>> reach(Url url, std::vector<CertificatePin> pins);
  Task<Result<ClientAnswer>> send_now(ClientRequest request);
  Task<Result<std::ptrdiff_t>> read_in_time(Socket& socket, std::span<char> out, Millis timeout);
  io::Loop& loop_;
  io::Clock& clock_;
  TlsClient tls_;
};

/// What a problem body says, as an Error of the kind that fits the status: for people at the command line.
Error error_of(const ClientAnswer& answer);

}  // namespace fettle::net
