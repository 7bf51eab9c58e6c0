#include "fettle/net/url.h"

#include <charconv>

#include "fettle/base/text.h"

namespace fettle::net {
namespace {

std::uint16_t own_port(std::string_view scheme) {
  return scheme == "https" || scheme == "wss" ? 443 : 80;
}

std::unexpected<Error> bad(std::string_view url, const char* why) {
  return fail(ErrorCode::invalid_input, "bad_url",
              "'" + escape_control(truncate_utf8(url, 200)) + "' is no address to call: " + why);
}

}  // namespace

std::string Url::authority() const {
  std::string out = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != own_port(scheme)) out += ":" + std::to_string(port);
  return out;
}

Result<Url> parse_url(std::string_view text) {
  Url url;
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return bad(text, "it must begin with http:// or https://");
  url.scheme = to_lower_ascii(text.substr(0, scheme_end));
  if (url.scheme != "http" && url.scheme != "https" && url.scheme != "ws" && url.scheme != "wss") {
    return bad(text, "it must begin with http:// or https://");
  }
  const std::string_view rest = text.substr(scheme_end + 3);
  const std::size_t authority_end = rest.find_first_of("/?#");
  std::string_view authority = rest.substr(0, authority_end);
  url.target = authority_end == std::string_view::npos ? "" : std::string(rest.substr(authority_end));
  if (!url.target.starts_with('/')) url.target.insert(0, 1, '/');
  for (const char c : url.target) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '#') {
      return bad(text, "a fragment, a space or a control character is not allowed");
    }
  }
  if (authority.find('@') != std::string_view::npos) return bad(text, "a user name is not allowed");
  std::string_view port;
  if (authority.starts_with('[')) {
    const std::size_t close = authority.find(']');
    if (close == std::string_view::npos) return bad(text, "a bracket is missing");
    url.host = std::string(authority.substr(1, close - 1));
    port = authority.substr(close + 1);
    if (url.host.find_first_not_of("0123456789abcdefABCDEF:.") != std::string::npos) {
      return bad(text, "in brackets stands an IPv6 address");
    }
  } else {
    const std::size_t colon = authority.find(':');
    url.host = std::string(authority.substr(0, colon));
    port = colon == std::string_view::npos ? std::string_view() : authority.substr(colon);
    for (const char c : url.host) {
      const bool is_allowed = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              c == '.' || c == '-' || c == '_';
      if (!is_allowed) return bad(text, "the host name has a character that host names do not have");
    }
  }
  if (url.host.empty()) return bad(text, "the host is missing");
  url.port = own_port(url.scheme);
  if (port.empty()) return url;
  port.remove_prefix(1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), url.port);
  if (error != std::errc() || end != port.data() + port.size() || url.port == 0) {
    return bad(text, "the port must be a number from 1 to 65535");
  }
  return url;
}

}  // namespace fettle::net
