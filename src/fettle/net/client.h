// One HTTP request at a time, for the command line: no redirects, no cookies, a deadline, a bounded answer.
// Plain HTTP; https is refused until TLS is there. Loop thread.
#pragma once
#include <string>
#include <vector>

#include "fettle/base/result.h"
#include "fettle/base/time.h"
#include "fettle/io/task.h"
#include "fettle/net/response_parser.h"

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
};

class HttpClient {
 public:
  HttpClient(io::Loop& loop, io::Clock& clock) : loop_(loop), clock_(clock) {}
  /// Any status is an answer. Errors: `invalid_input` ("bad_url"), `unsupported` ("tls_not_supported"), those
  /// of connect_to and exchange, `timeout`.
  Task<Result<ClientAnswer>> send(ClientRequest request);

 private:
  Task<Result<ClientAnswer>> send_now(ClientRequest request);
  io::Loop& loop_;
  io::Clock& clock_;
};

/// What a problem body says, as an Error of the kind that fits the status: for people at the command line.
Error error_of(const ClientAnswer& answer);

}  // namespace fettle::net
