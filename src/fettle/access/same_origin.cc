#include "fettle/access/same_origin.h"

namespace fettle::access {

Transport transport_of(const net::Request& request) {
  return request.peer.is_tls ? Transport::tls : Transport::plain;
}

Result<> check_same_origin(const net::Request& request) {
  const bool is_safe = request.method == net::Method::get || request.method == net::Method::head ||
                       request.method == net::Method::options;
  if (is_safe) return {};
  const SiteHeaders headers{request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin"),
                            request.headers.get("Host"), transport_of(request)};
  if (is_same_origin(headers)) return {};
  return fail(ErrorCode::forbidden, "cross_site",
              "Signing in, and every change made with a session cookie, must come from this server's own "
              "pages: send Sec-Fetch-Site: "
              "same-origin or a matching Origin, or use a bearer token.");
}

}  // namespace fettle::access
