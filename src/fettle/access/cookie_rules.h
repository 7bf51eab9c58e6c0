// The session cookie and the rule that keeps other sites from using it (S4), over the values of headers.
// Pure.
#pragma once
#include <string>
#include <string_view>

#include "fettle/base/time.h"

namespace fettle::access {

enum class Transport : std::uint8_t { plain, tls };

/// `__Host-fettle_session` over TLS: a browser then takes it from this very host only, and over TLS only.
std::string_view session_cookie_name(Transport transport);
/// The value of Set-Cookie.
std::string session_cookie(Transport transport, std::string_view value, Seconds max_age);
std::string cleared_session_cookie(Transport transport);
/// The session cookie's value in a Cookie header; empty when there is none.
std::string_view session_cookie_value(Transport transport, std::string_view cookie_header);

/// The headers by which a browser tells where a request comes from; empty: not sent.
struct SiteHeaders {
  std::string_view sec_fetch_site;
  std::string_view origin;
  std::string_view host;
  Transport transport = Transport::plain;
};
/// True when the page that made the request is the server's own: Sec-Fetch-Site says so, or, where it is not
/// sent, Origin is this very server. Neither: false.
bool is_same_origin(const SiteHeaders& headers);

/// The token after "Bearer" in an Authorization header; empty for other schemes.
std::string_view bearer_token(std::string_view authorization);

}  // namespace fettle::access
