// Tokens for programs.
#pragma once
#include "fettle/access/token_service.h"
#include "fettle/net/router.h"

namespace fettle::access {

void add_token_routes(net::Router& router, TokenService& tokens);

}  // namespace fettle::access
