// A person, a browser session, a token: what is stored of each. Secrets are stored as hashes only.
#pragma once
#include <boost/describe/enum.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "fettle/access/role_rules.h"
#include "fettle/base/crypto.h"
#include "fettle/base/id.h"
#include "fettle/base/time.h"

namespace fettle::access {

struct Person {
  PersonId id;
  std::string name;
  std::string password_hash;  // empty: invited, and not yet come
  bool server_administrator = false;
  WallTime created_at;
  bool is_disabled = false;
  std::int64_t version = 1;
  std::optional<WallTime> password_changed_at;
  std::optional<WallTime> last_login_at;
};

/// Where a person stands; only an active one logs in.
enum class PersonState : std::uint8_t { active, invited, disabled };
BOOST_DESCRIBE_ENUM(PersonState, active, invited, disabled)

inline PersonState state_of(const Person& person) {
  if (person.is_disabled) return PersonState::disabled;
  return person.password_hash.empty() ? PersonState::invited : PersonState::active;
}

/// A person as the list of people shows one.
struct PersonOverview {
  Person person;
  std::vector<Grant> grants;
  bool has_totp = false;
  std::int64_t tokens = 0;
  std::optional<WallTime> last_used_at;  // of any session that there still is
  std::optional<WallTime> invitation_ends_at;
};

/// A one-time link with which a person sets the own password.
struct Invitation {
  PersonId person;
  Hash256 token_hash{};
  WallTime created_at;
  std::string created_by;
  WallTime expires_at;
};

/// The second factor as stored. Unconfirmed it counts for nothing.
struct PersonTotp {
  PersonId person;
  std::vector<std::uint8_t> sealed_secret;
  WallTime created_at;
  std::optional<WallTime> confirmed_at;
  std::int64_t last_step = 0;  // of the last code that was accepted
};

struct LoginSession {
  SessionId id;
  Hash256 secret_hash{};
  PersonId person;
  std::string address;
  std::string browser;  // what it calls itself
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
