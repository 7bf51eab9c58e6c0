// What a role, a token's scope and a person come to: the Principal that every route asks. Roles are data
// (name and permissions); the rules here never widen what the stored rows say. Pure.
#pragma once
#include <boost/describe/enum.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "fettle/base/id.h"
#include "fettle/base/principal.h"

namespace fettle::access {

/// What a token may be used for; never more than its creator may.
enum class TokenScope : std::uint8_t { read, operate, admin, metrics };
BOOST_DESCRIBE_ENUM(TokenScope, read, operate, admin, metrics)

std::string_view scope_name(TokenScope scope);
std::optional<TokenScope> parse_scope(std::string_view name);

/// A person with all that the rows say of them.
struct PersonAccess {
  PersonId id;
  std::string name;
  bool server_administrator = false;
  std::vector<Grant> grants;
};

struct TokenAccess {
  TokenId id;
  std::string name;
  std::set<TokenScope> scopes;
  std::optional<EnvironmentId> environment;  // nullopt: all of its creator's
};

/// The environment permissions that a role may hold, as stored: "view,operate". Unknown words are dropped, so
/// that an older binary grants less, never more.
std::set<Permission> parse_permissions(std::string_view text);
std::string permissions_text(const std::set<Permission>& permissions);
std::set<Permission> permissions_of(TokenScope scope);

Principal principal_of_session(const PersonAccess& person, const SessionId& session);
Principal principal_of_token(const PersonAccess& creator, const TokenAccess& token);

}  // namespace fettle::access
