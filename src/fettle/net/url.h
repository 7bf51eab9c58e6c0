// The parts of http:// and ws:// addresses. Pure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "fettle/base/result.h"

namespace fettle::net {

struct Url {
  std::string scheme;  // "http", "https", "ws", "wss", in lower case
  std::string host;    // without brackets
  std::uint16_t port = 0;
  std::string target;  // "/path?query", at least "/"

  /// As in a Host header: with brackets for IPv6, without the scheme's own port.
  [[nodiscard]] std::string authority() const;
};

/// Error: `invalid_input` ("bad_url"). User names and fragments are refused.
Result<Url> parse_url(std::string_view text);

}  // namespace fettle::net
