// Tokens for programs.
#pragma once
#include <optional>
#include <vector>

#include "fettle/access/person.h"
#include "fettle/store/session.h"

namespace fettle::access::token_repo {

void insert(store::Session& session, const ApiToken& token);
std::optional<ApiToken> find_by_hash(store::Session& session, const Hash256& hash);
std::optional<ApiToken> find(store::Session& session, const TokenId& id);
/// Newest first; `before` is the cursor.
std::vector<ApiToken> of_person(store::Session& session, const PersonId& person,
                                std::optional<TokenId> before, std::int64_t limit);
/// Everybody's, with the name of whoever made each.
std::vector<std::pair<ApiToken, std::string>> list(store::Session& session, std::optional<TokenId> before,
                                                   std::int64_t limit);
std::int64_t count_of(store::Session& session, const PersonId& person);
/// False when it was not there.
bool remove(store::Session& session, const TokenId& id);
void record_use(store::Session& session, const TokenId& id, WallTime at);

}  // namespace fettle::access::token_repo
