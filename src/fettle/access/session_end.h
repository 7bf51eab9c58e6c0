// The end of credentials inside a write: rows go, the audit says so, listeners are told after the commit.
#pragma once
#include <optional>
#include <string>

#include "fettle/access/audit.h"
#include "fettle/access/credential_service.h"
#include "fettle/base/id.h"
#include "fettle/store/session.h"

namespace fettle::access {

struct EndSessions {
  PersonId person;
  std::optional<SessionId> kept;
  Actor actor;
  WallTime now;
  std::string why;
};
/// All sessions of a person but the one that is kept; how many they were.
std::size_t end_sessions(store::Session& session, CredentialService& credentials, const EndSessions& what);

/// After the commit, tells that every session and token that the person has now is worth nothing any more.
void tell_all_ended(store::Session& session, CredentialService& credentials, const PersonId& person);

}  // namespace fettle::access
