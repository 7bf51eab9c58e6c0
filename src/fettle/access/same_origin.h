// S4 for a whole request: unsafe methods only from the server's own pages.
#pragma once
#include "fettle/access/cookie_rules.h"
#include "fettle/base/result.h"
#include "fettle/net/http.h"

namespace fettle::access {

Transport transport_of(const net::Request& request);
/// `forbidden` ("cross_site") for an unsafe method that does not come from the server's own pages. For
/// requests that come with a cookie, and for those that get one.
Result<> check_same_origin(const net::Request& request);

}  // namespace fettle::access
