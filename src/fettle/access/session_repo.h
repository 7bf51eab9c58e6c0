// Browser sessions.
#pragma once
#include <optional>
#include <vector>

#include "fettle/access/person.h"
#include "fettle/store/old_rows.h"
#include "fettle/store/session.h"

namespace fettle::access::session_repo {

void insert(store::Session& session, const LoginSession& login);
std::optional<LoginSession> find_by_hash(store::Session& session, const Hash256& hash);
std::optional<LoginSession> find(store::Session& session, const SessionId& id);
std::vector<LoginSession> of_person(store::Session& session, const PersonId& person);
/// False when it was not there.
bool remove(store::Session& session, const SessionId& id);
/// Keeps the newest `keep` of a person; the ids of those that went.
std::vector<SessionId> remove_oldest(store::Session& session, const PersonId& person, std::int64_t keep);
/// For retention, by the end: after `idle` without use, or the end that was set.
store::OldRows ended_sessions(Seconds idle);
void record_use(store::Session& session, const SessionId& id, WallTime at);

}  // namespace fettle::access::session_repo
