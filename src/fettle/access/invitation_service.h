// The person's side of an invitation: who has the link sets the own password, once. Loop thread.
#pragma once
#include <string>

#include "fettle/access/session_service.h"

namespace fettle::access {

/// What a link says before it is used.
struct InvitationNote {
  std::string name;
  WallTime expires_at;
  bool wants_code = false;  // the person has a second factor
};

class InvitationService {
 public:
  InvitationService(io::Clock& clock, io::Random& random, io::Log& log, store::Store& store,
                    PasswordHasher& hasher, LoginLimiter& limiter, SessionService& sessions,
                    SecondFactor& second_factor)
      : clock_(clock),
        random_(random),
        log_(log),
        store_(store),
        hasher_(hasher),
        limiter_(limiter),
        sessions_(sessions),
        second_factor_(second_factor) {}

  /// Errors: `rate_limited`, `gone` (invitation_over: unknown, used, replaced or expired).
  Task<Result<InvitationNote>> look_at(Secret<> token, std::string address);

  struct Facts {
    Secret<> token;
    Secret<> password;
    std::string code;
    SessionService::Surroundings around;
  };
  /// Sets the password and logs in. Errors: those of look_at, of SecondFactor::check, `unprocessable`
  /// (password).
  Task<Result<SignedIn>> accept(Facts facts);

 private:
  struct Found {
    Invitation invitation;
    Person person;
    bool wants_code = false;
  };
  Task<Result<Found>> find(Secret<> token, std::string address);

  io::Clock& clock_;
  io::Random& random_;
  io::Log& log_;
  store::Store& store_;
  PasswordHasher& hasher_;
  LoginLimiter& limiter_;
  SessionService& sessions_;
  SecondFactor& second_factor_;
};

}  // namespace fettle::access
