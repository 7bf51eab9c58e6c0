// The environments that one may see, and the audit log.
#pragma once
#include "fettle/net/router.h"
#include "fettle/store/store.h"

namespace fettle::access {

void add_environment_routes(net::Router& router);
void add_audit_routes(net::Router& router, store::Store& store);

}  // namespace fettle::access
