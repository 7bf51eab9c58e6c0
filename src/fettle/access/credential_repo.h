// A credential with all that hangs on it, in one snapshot: session or token, its person, the person's grants.
#pragma once
#include <optional>
#include <vector>

#include "fettle/access/credential_cache.h"
#include "fettle/store/session.h"

namespace fettle::access::credential_repo {

std::optional<KnownCredential> find_session(store::Session& session, const Hash256& secret_hash);
std::optional<KnownCredential> find_token(store::Session& session, const Hash256& secret_hash);
/// By session_... or token_...
std::optional<KnownCredential> find_id(store::Session& session, std::string_view id);
/// Every session and token of a person.
std::vector<KnownCredential> of_person(store::Session& session, const PersonId& person);

}  // namespace fettle::access::credential_repo
