// What `fettle admin reset` makes of somebody who is locked out: whoever can write the server's data is its
// master anyway.
#pragma once
#include <string>

#include "fettle/base/id.h"
#include "fettle/base/time.h"
#include "fettle/store/session.h"

namespace fettle::access {

/// Inside a write: a server administrator who logs in with this password and nothing else. The second factor
/// and an open invitation go, and who was disabled is enabled. Sessions and the audit are the caller's.
void renew_administrator(store::Session& session, const PersonId& id, const std::string& password_hash,
                         WallTime now);

}  // namespace fettle::access
