#include "fettle/access/cookie_rules.h"

#include "fettle/base/text.h"

namespace fettle::access {

std::string_view session_cookie_name(Transport transport) {
  return transport == Transport::tls ? "__Host-fettle_session" : "fettle_session";
}

std::string session_cookie(Transport transport, std::string_view value, Seconds max_age) {
  std::string out(session_cookie_name(transport));
  out.append("=").append(value).append("; Path=/; HttpOnly; SameSite=Lax; Max-Age=");
  out += std::to_string(max_age.count());
  if (transport == Transport::tls) out += "; Secure";
  return out;
}

std::string cleared_session_cookie(Transport transport) {
  return session_cookie(transport, "", Seconds(0));
}

std::string_view session_cookie_value(Transport transport, std::string_view cookie_header) {
  const std::string_view wanted = session_cookie_name(transport);
  for (const std::string_view part : split(cookie_header, ';')) {
    const std::string_view pair = trim(part);
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == wanted) return pair.substr(equals + 1);
  }
  return {};
}

bool is_same_origin(const SiteHeaders& headers) {
  if (!headers.sec_fetch_site.empty()) return headers.sec_fetch_site == "same-origin";
  if (headers.origin.empty() || headers.host.empty()) return false;
  const std::string_view scheme = headers.transport == Transport::tls ? "https://" : "http://";
  return equals_ignoring_case(headers.origin, std::string(scheme) + std::string(headers.host));
}

std::string_view bearer_token(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer ";
  if (!equals_ignoring_case(authorization.substr(0, kScheme.size()), kScheme)) return {};
  return trim(authorization.substr(kScheme.size()));
}

}  // namespace fettle::access
