// The audit log: shown, exported, verified.
#pragma once
#include "fettle/access/audit_verifier.h"
#include "fettle/net/router.h"
#include "fettle/store/store.h"

namespace fettle::access {

void add_audit_routes(net::Router& router, store::Store& store, AuditVerifier& verifier);

}  // namespace fettle::access
