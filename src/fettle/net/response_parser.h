// One HTTP answer out of bytes that arrive in any pieces; the twin of RequestParser for our own clients.
// Interim answers (1xx but 101) are skipped.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "fettle/net/http.h"

namespace fettle::net {

struct ClientAnswer {
  int status = 0;
  Headers headers;
  std::string body;
};

class ResponseParser {
 public:
  enum class State : std::uint8_t { reading, done, failed, too_large };

  /// `is_body_expected`: false for the answer to HEAD and for a WebSocket handshake.
  ResponseParser(std::size_t max_body_bytes, bool is_body_expected);
  ~ResponseParser();
  ResponseParser(const ResponseParser&) = delete;
  ResponseParser& operator=(const ResponseParser&) = delete;

  /// Takes bytes from the front; what is left must be offered again with more behind it, or came after the
  /// answer.
  void feed(std::string_view& bytes);
  /// The connection ended.
  void end_of_stream();
  [[nodiscard]] State state() const;
  [[nodiscard]] ClientAnswer& answer();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fettle::net
