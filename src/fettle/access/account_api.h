// One's own account: password, second factor, sessions.
#pragma once
#include "fettle/access/account_service.h"
#include "fettle/access/session_service.h"
#include "fettle/net/router.h"

namespace fettle::access {

/// What the handlers use; all outlive the router.
struct AccountApiGround {
  AccountService& account;
  SessionService& sessions;
};

void add_account_routes(net::Router& router, const AccountApiGround& ground);

}  // namespace fettle::access
