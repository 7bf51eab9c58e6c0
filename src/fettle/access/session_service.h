// Log-in and log-out of people. Loop thread.
#pragma once
#include <string>

#include "fettle/access/access_settings.h"
#include "fettle/access/credential_service.h"
#include "fettle/access/login_limiter.h"
#include "fettle/access/password_hasher.h"
#include "fettle/access/session_start.h"

namespace fettle::access {

class SessionService {
 public:
  SessionService(io::Clock& clock, io::Random& random, io::Log& log, store::Store& store,
                 AccessSettings settings, CredentialService& credentials, PasswordHasher& hasher,
                 LoginLimiter& limiter);

  struct Facts {
    std::string name;
    Secret<> password;
    std::string address;
    std::string session_before;  // session_... that the browser came with; it ends
  };
  /// Errors: `rate_limited`, `unauthenticated` (wrong_credentials: after the same work whether the name is
  /// known or not), `unavailable`.
  Task<Result<SignedIn>> log_in(Facts facts);
  /// Also when it had ended already.
  Task<Result<>> log_out(Principal principal, Actor actor);

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
};

}  // namespace fettle::access
