// Second factors and the recovery codes that stand in for them.
#pragma once
#include <optional>
#include <vector>

#include "fettle/access/person.h"
#include "fettle/store/session.h"

namespace fettle::access::totp_repo {

std::optional<PersonTotp> find(store::Session& session, const PersonId& person);
/// One that is not confirmed; takes the place of an earlier one that was not either. False when there is a
/// confirmed one.
bool begin(store::Session& session, const PersonTotp& totp);
/// False when there is none to confirm.
bool confirm(store::Session& session, const PersonId& person, WallTime at);
/// Marks a step as used; false when it, or a later one, was used already: a code opens once.
bool use_step(store::Session& session, const PersonId& person, std::int64_t step);
/// Secrets that are sealed, confirmed or not; 0 in a database of before there were any.
std::int64_t count(store::Session& session);
/// With the recovery codes. False when there was none.
bool remove(store::Session& session, const PersonId& person);

void replace_recovery_codes(store::Session& session, const PersonId& person,
                            const std::vector<Hash256>& hashes);
/// False when it is not one, or not any more.
bool use_recovery_code(store::Session& session, const PersonId& person, const Hash256& hash);
std::int64_t count_recovery_codes(store::Session& session, const PersonId& person);

}  // namespace fettle::access::totp_repo
