// The second factor of people who have one: a code of their authenticator app, or a recovery code. The
// secret lies sealed in the database (S6). Loop thread.
#pragma once
#include <string>
#include <vector>

#include "fettle/access/audit.h"
#include "fettle/access/login_limiter.h"
#include "fettle/access/person.h"
#include "fettle/access/secret_box.h"
#include "fettle/base/secret.h"
#include "fettle/io/clock.h"
#include "fettle/io/log.h"
#include "fettle/io/random.h"
#include "fettle/store/store.h"

namespace fettle::access {

/// What a person types into the app, or shows it as a picture.
struct TotpSecret {
  std::string text;  // base32
  std::string uri;
};

class SecondFactor {
 public:
  SecondFactor(io::Clock& clock, io::Random& random, io::Log& log, store::Store& store, SecretBox box);

  /// Nothing for who has none. Errors: `unauthenticated` (totp_needed for an empty code, totp_wrong,
  /// totp_used), `rate_limited`. A code opens once.
  Task<Result<>> check(Person person, std::string code, std::string address);

  /// A new secret that counts once it is confirmed. `conflict` (totp_enabled).
  Task<Result<TotpSecret>> begin(Person person);
  /// With the first code; the recovery codes, told once. Errors as of check, `conflict` (totp_not_begun).
  Task<Result<std::vector<std::string>>> confirm(Person person, Actor actor, std::string code);
  /// Ten others; those before are worthless. `conflict` (totp_not_enabled).
  Task<Result<std::vector<std::string>>> renew_recovery_codes(Person person, Actor actor);
  /// `conflict` (totp_not_enabled).
  Task<Result<>> remove(PersonId person, Actor actor, std::string why);

 private:
  [[nodiscard]] Result<Secret<>> open(const PersonTotp& totp) const;
  Task<Result<>> check_code(Person person, PersonTotp totp, std::string code);
  Task<Result<>> use_recovery_code(Person person, Actor actor, std::string code);
  std::vector<std::string> make_recovery_codes();

  io::Clock& clock_;
  io::Random& random_;
  io::Log& log_;
  store::Store& store_;
  SecretBox box_;
  BucketMap attempts_;  // codes by person; recovery codes do not count, so that nobody is locked out
};

}  // namespace fettle::access
