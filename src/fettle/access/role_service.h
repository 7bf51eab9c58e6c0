// Gives and takes roles in environments; open streams follow within a second. Loop thread.
#pragma once
#include <optional>
#include <string>

#include "fettle/access/audit.h"
#include "fettle/access/credential_service.h"

namespace fettle::access {

class RoleService {
 public:
  RoleService(io::Clock& clock, store::Store& store, CredentialService& credentials)
      : clock_(clock), store_(store), credentials_(credentials) {}

  /// nullopt for `role`: none any more. `not_found` when person, environment or role is not there. Nobody
  /// holds a role in `system`: it belongs to server administrators.
  Task<Result<>> change(Actor actor, PersonId person, EnvironmentId environment,
                        std::optional<std::string> role);

 private:
  io::Clock& clock_;
  store::Store& store_;
  CredentialService& credentials_;
};

}  // namespace fettle::access
