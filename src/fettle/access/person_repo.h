// People and their roles in environments.
#pragma once
#include <optional>
#include <string_view>

#include "fettle/access/person.h"
#include "fettle/store/session.h"

namespace fettle::access::person_repo {

bool is_any(store::Session& session);
/// Throws unique_violation when the name is taken.
void insert(store::Session& session, const Person& person);
/// A new password for a person who becomes a server administrator with it.
void renew_administrator(store::Session& session, const PersonId& id, std::string_view password_hash);
std::optional<Person> find_by_name(store::Session& session, std::string_view name);
std::optional<Person> find(store::Session& session, const PersonId& id);

/// nullopt for `role`: none any more. False when there is no such person, environment or role.
bool set_role(store::Session& session, const PersonId& person, const EnvironmentId& environment,
              std::optional<std::string_view> role);
/// The person with all grants.
std::optional<PersonAccess> load_access(store::Session& session, const PersonId& id);

}  // namespace fettle::access::person_repo
