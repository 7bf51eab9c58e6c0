// The beginning of a browser session, the same for first run and log-in.
#pragma once
#include <vector>

#include "fettle/access/access_settings.h"
#include "fettle/access/audit.h"
#include "fettle/access/person.h"
#include "fettle/base/secret.h"
#include "fettle/io/random.h"
#include "fettle/store/session.h"

namespace fettle::access {

/// Who has just signed in, and what the browser keeps.
struct SignedIn {
  Principal principal;
  Secret<> cookie;
};

struct NewSession {
  LoginSession row;
  Secret<> cookie;  // 256 random bits; only their hash is stored
};

NewSession make_session(io::Random& random, WallTime now, const Actor& person,
                        const AccessSettings& settings);
/// In a write: stores it with its audit entry. A person keeps the newest 50; the ids of those that went.
std::vector<SessionId> record_session(store::Session& session, const LoginSession& login,
                                      const Actor& person);

}  // namespace fettle::access
