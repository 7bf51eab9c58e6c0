// Log-in and log-out of people. Loop thread.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "fettle/access/access_settings.h"
#include "fettle/access/credential_service.h"
#include "fettle/access/login_limiter.h"
#include "fettle/access/password_hasher.h"
#include "fettle/access/second_factor.h"
#include "fettle/access/session_start.h"

namespace fettle::access {

class SessionService {
 public:
  SessionService(io::Clock& clock, io::Random& random, io::Log& log, store::Store& store,
                 AccessSettings settings, CredentialService& credentials, PasswordHasher& hasher,
                 LoginLimiter& limiter, SecondFactor& second_factor);

  /// What a session is begun from.
  struct Surroundings {
    std::string address;
    std::string browser;         // as it calls itself
    std::string session_before;  // session_... that the browser came with; it ends
  };
  struct Facts {
    std::string name;
    Secret<> password;
    std::string code;  // of the second factor; empty: none given
    Surroundings around;
  };
  /// Errors: `rate_limited`, `unauthenticated` (wrong_credentials: after the same work whether the name is
  /// known or not; with the right password person_disabled and those of SecondFactor::check), `unavailable`.
  Task<Result<SignedIn>> log_in(Facts facts);
  /// For a person who has just shown the password that `person` holds the hash of.
  Task<Result<SignedIn>> begin(Person person, Surroundings around);
  /// Also when it had ended already.
  Task<Result<>> log_out(Principal principal, Actor actor);

  /// The living sessions of a person, the newest first.
  Task<Result<std::vector<LoginSession>>> list(PersonId person);
  /// `not_found` when it is none of that person's.
  Task<Result<>> end(PersonId person, Actor actor, SessionId id);
  /// All but `kept`.
  Task<Result<>> end_all(PersonId person, Actor actor, std::optional<SessionId> kept);

 private:
  Task<Result<Person>> check_credentials(Facts facts);

  io::Clock& clock_;
  io::Random& random_;
  io::Log& log_;
  store::Store& store_;
  const AccessSettings settings_;
  CredentialService& credentials_;
  PasswordHasher& hasher_;
  LoginLimiter& limiter_;
  SecondFactor& second_factor_;
};

}  // namespace fettle::access
