// What people do with their own account: password, second factor. Whoever sits at a forgotten browser must
// know the password to do it. Loop thread.
#pragma once
#include <string>
#include <vector>

#include "fettle/access/password_hasher.h"
#include "fettle/access/second_factor.h"
#include "fettle/access/session_end.h"

namespace fettle::access {

struct AccountNote {
  Person person;
  bool has_totp = false;
  std::int64_t recovery_codes = 0;
};

/// What shows that it is really oneself.
struct Proof {
  Secret<> password;
  std::string code;
};

class AccountService {
 public:
  AccountService(io::Clock& clock, io::Random& random, io::Log& log, store::Store& store,
                 CredentialService& credentials, PasswordHasher& hasher, LoginLimiter& limiter,
                 SecondFactor& second_factor)
      : clock_(clock),
        random_(random),
        log_(log),
        store_(store),
        credentials_(credentials),
        hasher_(hasher),
        limiter_(limiter),
        second_factor_(second_factor) {}

  // Errors of all: `forbidden` (person_needed) for tokens. Of those with a Proof: `rate_limited`,
  // `unprocessable` with the field that does not fit.
  Task<Result<AccountNote>> note(Principal principal);
  /// The other sessions end. `unprocessable` also for a new password that will not do.
  Task<Result<>> change_password(Principal principal, Actor actor, Secret<> current, Secret<> next);
  Task<Result<TotpSecret>> begin_totp(Principal principal, Actor actor, Secret<> password);
  Task<Result<std::vector<std::string>>> confirm_totp(Principal principal, Actor actor, std::string code);
  Task<Result<>> remove_totp(Principal principal, Actor actor, Proof proof);
  Task<Result<std::vector<std::string>>> renew_recovery_codes(Principal principal, Actor actor, Proof proof);

 private:
  Task<Result<Person>> person_of(Principal principal);
  Task<Result<Person>> check_password_of(Principal principal, Actor actor, Secret<> password);
  Task<Result<Person>> check_proof(Principal principal, Actor actor, Proof proof);

  io::Clock& clock_;
  io::Random& random_;
  io::Log& log_;
  store::Store& store_;
  CredentialService& credentials_;
  PasswordHasher& hasher_;
  LoginLimiter& limiter_;
  SecondFactor& second_factor_;
};

}  // namespace fettle::access
