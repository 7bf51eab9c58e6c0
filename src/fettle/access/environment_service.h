// Environments made, renamed and removed by server administrators. Loop thread.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "fettle/access/audit.h"
#include "fettle/access/credential_service.h"
#include "fettle/access/environment_repo.h"
#include "fettle/access/environments.h"
#include "fettle/io/random.h"

namespace fettle::access {

/// A module above that keeps things in environments. The functions run inside a write or a read.
struct EnvironmentUser {
  std::string what;  // "hosts"
  /// How many there are: with one of them the environment is not empty.
  std::function<std::int64_t(store::Session&, const EnvironmentId&)> count;
  /// Takes away what is worth nothing without the environment.
  std::function<void(store::Session&, const EnvironmentId&)> forget;
};

struct EnvironmentNote {
  EnvironmentRow row;
  std::int64_t people = 0;
  std::map<std::string, std::int64_t> things;  // by the `what` of each user
};

class EnvironmentService {
 public:
  EnvironmentService(io::Clock& clock, io::Random& random, store::Store& store,
                     CredentialService& credentials, Environments& known)
      : clock_(clock), random_(random), store_(store), credentials_(credentials), known_(known) {}

  /// Before anything is served.
  void add_user(EnvironmentUser user) { users_.push_back(std::move(user)); }

  Task<Result<std::vector<EnvironmentNote>>> list();
  /// The person who makes one becomes its administrator. Errors: `unprocessable`, `conflict` (name_taken,
  /// too_many_environments).
  Task<Result<EnvironmentNote>> make(Principal principal, Actor actor, std::string name);
  /// Errors: those of make, `not_found`, `precondition_failed`, `conflict` (built_in) for system.
  Task<Result<EnvironmentNote>> rename(Actor actor, EnvironmentId id, std::string name, std::string if_match);
  /// Roles in it and tokens limited to it go too. `conflict` (built_in, environment_not_empty).
  Task<Result<>> remove(Actor actor, EnvironmentId id);

 private:
  void tell(store::Session& session, const std::vector<PersonId>& people);

  io::Clock& clock_;
  io::Random& random_;
  store::Store& store_;
  CredentialService& credentials_;
  Environments& known_;
  std::vector<EnvironmentUser> users_;
};

}  // namespace fettle::access
