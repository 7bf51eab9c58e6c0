// People as server administrators see them: made, changed, invited, removed. Whatever is done, one server
// administrator who can log in remains. Loop thread.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "fettle/access/audit.h"
#include "fettle/access/credential_service.h"
#include "fettle/access/person.h"
#include "fettle/base/secret.h"
#include "fettle/io/random.h"

namespace fettle::access {

struct RoleIn {
  EnvironmentId environment;
  std::string role;
};

struct NewPerson {
  std::string name;
  bool server_administrator = false;
  std::vector<RoleIn> roles;
};

/// What is not named stays as it is.
struct PersonChange {
  std::optional<std::string> name;
  std::optional<bool> server_administrator;
  std::optional<bool> is_disabled;
  std::optional<std::vector<RoleIn>> roles;  // all of them
};

/// A person with the link that sets the password; its token is told once.
struct Invited {
  PersonOverview person;
  Secret<> token;
  WallTime expires_at;
};

class PeopleService {
 public:
  PeopleService(io::Clock& clock, io::Random& random, store::Store& store, CredentialService& credentials)
      : clock_(clock), random_(random), store_(store), credentials_(credentials) {}

  Task<Result<std::vector<PersonOverview>>> list(std::string after, std::size_t limit);
  Task<Result<PersonOverview>> find(PersonId id);
  /// Errors: `unprocessable` (name, roles), `conflict` (name_taken).
  Task<Result<Invited>> invite(Actor actor, NewPerson facts);
  /// A new link for a person who is there: the password and all sessions end at once. `conflict` for oneself
  /// (person_is_you), last_administrator, person_disabled.
  Task<Result<Invited>> reset(Actor actor, PersonId id);
  /// `if_match` as it was sent. Errors: those of invite, `precondition_failed`, `conflict`
  /// (last_administrator, person_is_you).
  Task<Result<PersonOverview>> change(Actor actor, PersonId id, PersonChange change, std::string if_match);
  /// Sessions and tokens end with the person; the audit keeps the name. Errors as of change.
  Task<Result<>> remove(Actor actor, PersonId id);

 private:
  Invitation make_invitation(const PersonId& person, const Actor& actor, Secret<>* token);

  io::Clock& clock_;
  io::Random& random_;
  store::Store& store_;
  CredentialService& credentials_;
};

}  // namespace fettle::access
