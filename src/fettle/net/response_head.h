// Writes the head of an answer: status line, the handler's fields, and what every answer carries (date,
// security headers, framing). Pure but for the cached date.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "fettle/base/time.h"
#include "fettle/net/http.h"

namespace fettle::net {

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7), formatted once a second.
class DateCache {
 public:
  std::string_view at(WallTime now);

 private:
  std::int64_t second_ = -1;
  std::string text_;
};

enum class Framing : std::uint8_t {
  length,    // Content-Length of what follows
  none,      // 204, 304: no length at all
  to_close,  // the body ends with the connection (streams)
  upgrade,   // 101
};

struct HeadFacts {
  std::string_view date;
  std::string_view request_id;
  Framing framing = Framing::length;
  std::size_t body_bytes = 0;
  bool keeps_alive = true;
  bool is_http_1_1 = true;
  bool is_tls = false;
};

/// Appends to `out`. Control characters in a value become spaces: no handler can split an answer.
void append_head(std::string& out, const Response& response, const HeadFacts& facts);

}  // namespace fettle::net
