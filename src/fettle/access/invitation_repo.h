// Invitations: one a person at most.
#pragma once
#include <optional>

#include "fettle/access/person.h"
#include "fettle/store/old_rows.h"
#include "fettle/store/session.h"

namespace fettle::access::invitation_repo {

/// In place of the one before.
void put(store::Session& session, const Invitation& invitation);
std::optional<Invitation> find_by_hash(store::Session& session, const Hash256& hash);
bool remove(store::Session& session, const PersonId& person);
/// For retention.
store::OldRows expired_invitations();

}  // namespace fettle::access::invitation_repo
