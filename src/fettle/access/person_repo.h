// People and their roles in environments.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "fettle/access/person.h"
#include "fettle/store/session.h"

namespace fettle::access::person_repo {

bool is_any(store::Session& session);
/// Throws unique_violation when the name is taken.
void insert(store::Session& session, const Person& person);
/// A new password for a person who becomes a server administrator with it, and is not disabled any more.
void renew_administrator(store::Session& session, const PersonId& id, std::string_view password_hash,
                         WallTime at);
std::optional<Person> find_by_name(store::Session& session, std::string_view name);
std::optional<Person> find(store::Session& session, const PersonId& id);

/// nullopt for `role`: none any more. False when there is no such person, environment or role.
bool set_role(store::Session& session, const PersonId& person, const EnvironmentId& environment,
              std::optional<std::string_view> role);
/// The person with all grants; none for one who is disabled.
std::optional<PersonAccess> load_access(store::Session& session, const PersonId& id);
std::vector<Grant> grants_of(store::Session& session, const PersonId& id);
/// Everyone who holds a role there.
std::vector<PersonId> people_in(store::Session& session, const EnvironmentId& environment);

/// Who can log in and administer the server: there must always be one.
std::int64_t count_administrators(store::Session& session);
/// In the order of their names; `after` is the name_key of the last one seen.
std::vector<PersonOverview> list(store::Session& session, std::string_view after, std::int64_t limit);
std::optional<PersonOverview> overview(store::Session& session, const PersonId& id);

/// Writes name, server_administrator and is_disabled, and counts the version on. Throws unique_violation when
/// the name is taken.
void update(store::Session& session, const Person& person);
/// An empty hash: no password opens the account.
void set_password(store::Session& session, const PersonId& id, const std::string& hash, WallTime at);
void record_login(store::Session& session, const PersonId& id, WallTime at);
/// With sessions, tokens, roles and all else.
bool remove(store::Session& session, const PersonId& id);

}  // namespace fettle::access::person_repo
