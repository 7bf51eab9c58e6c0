// A person, a browser session, a token: what is stored of each. Secrets are stored as hashes only.
#pragma once
#include <optional>
#include <set>
#include <string>

#include "fettle/access/role_rules.h"
#include "fettle/base/crypto.h"
#include "fettle/base/id.h"
#include "fettle/base/time.h"

namespace fettle::access {

struct Person {
  PersonId id;
  std::string name;
  std::string password_hash;
  bool server_administrator = false;
  WallTime created_at;
};

struct LoginSession {
  SessionId id;
  Hash256 secret_hash{};
  PersonId person;
  std::string address;
  WallTime created_at;
  WallTime last_used_at;
  WallTime ends_at;  // whatever its use; it ends earlier when it is not used
};

struct ApiToken {
  TokenId id;
  Hash256 secret_hash{};
  PersonId person;  // who made it
  std::string name;
  std::set<TokenScope> scopes;
  std::optional<EnvironmentId> environment;
  WallTime created_at;
  std::optional<WallTime> expires_at;
  std::optional<WallTime> last_used_at;
};

}  // namespace fettle::access
