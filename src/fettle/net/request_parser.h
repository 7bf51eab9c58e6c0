// One HTTP/1.1 request out of bytes that arrive in any pieces. Holds no socket and no buffer of its own: the
// caller keeps what was not consumed and offers it again with more behind it. Beast does the grammar; what it
// leaves open (limits, Host, framing that two parsers could read differently) is decided here.
#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "fettle/net/http.h"

namespace fettle::net {

struct RequestLimits {
  std::size_t header_bytes = 16 * 1024;  // request line and fields together
  std::size_t fields = 100;
  std::size_t target_bytes = 8 * 1024;
};

class RequestParser {
 public:
  enum class State : std::uint8_t { head, body, done, failed };

  explicit RequestParser(const RequestLimits& limits);
  ~RequestParser();
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  /// Returns how many bytes were consumed. Returns early when the head is complete, so that the caller can
  /// set the limit of the body. After `done` or `failed` it takes nothing more.
  std::size_t feed(std::string_view bytes);
  [[nodiscard]] State state() const;
  /// Valid in state `failed`: status, code and sentence of the answer. The connection must be closed after
  /// it.
  struct Failure {
    int status = 400;
    std::string_view code = "bad_request";
    std::string_view detail = "The request could not be read.";
  };
  [[nodiscard]] const Failure& failure() const;

  /// Bytes of body to take; more puts the parser into `done` with request().is_body_too_large (the rest is
  /// unread and the connection must be closed). Call it in state `body`, before the next feed.
  void limit_body(std::size_t bytes);

  /// The head is valid from state `body` on, all of it in `done`. peer and id are the caller's.
  [[nodiscard]] const std::shared_ptr<Request>& request() const;
  [[nodiscard]] bool is_keep_alive() const;
  [[nodiscard]] bool expects_continue() const;
  [[nodiscard]] bool is_http_1_1() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fettle::net
