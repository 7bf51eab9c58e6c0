// The first run: as long as there is no person, whoever shows the setup token becomes the first
// administrator, of the server and of the environment `default`. The same once more after `fettle admin
// reset`, which leaves a token in a file of its own. Loop thread.
#pragma once
#include <functional>
#include <string>

#include "fettle/access/access_settings.h"
#include "fettle/access/credential_service.h"
#include "fettle/access/login_limiter.h"
#include "fettle/access/password_hasher.h"
#include "fettle/access/person.h"
#include "fettle/access/session_start.h"
#include "fettle/access/setup_token.h"

namespace fettle::access {

/// Made by `fettle admin reset`, with the server stopped: opens the setup once although there are people.
inline constexpr std::string_view kResetTokenFile = "admin-reset-token";

struct PersonCreated {
  PersonId id;
  std::string name;
  WallTime at;
};
/// Asked on the loop before the write; what it returns runs inside the write, so that the event of a person
/// stands when the person does. It must be repeatable.
using PersonRecorder = std::function<std::function<void(store::Session&)>(const PersonCreated&)>;

class SetupService {
 public:
  SetupService(io::Loop& loop, io::Clock& clock, io::Random& random, io::Files& files, io::Log& log,
               store::Store& store, AccessSettings settings, CredentialService& credentials,
               PasswordHasher& hasher, LoginLimiter& limiter);

  /// Finds out whether there is a person; makes the token, or removes one that is left over.
  Task<Result<>> start();
  [[nodiscard]] bool is_needed() const { return is_needed_; }
  /// For the link that is printed at start; empty when there is no need of it.
  [[nodiscard]] const Secret<>& token() const { return token_; }
  void on_person_created(PersonRecorder recorder) { recorder_ = std::move(recorder); }

  struct Facts {
    Secret<> token;
    std::string name;
    Secret<> password;
    std::string address;
    std::string browser;
  };
  /// Errors: `conflict` (already_set_up), `rate_limited`, `unauthenticated` (setup_token_wrong),
  /// `unprocessable` (name, password), `unavailable`.
  Task<Result<SignedIn>> set_up(Facts facts);

 private:
  Task<Result<>> look_for_reset();
  Result<> check(const Facts& facts);
  Task<Result<Person>> make_person(Facts facts);
  Task<Result<SignedIn>> set_up_again(Person person, Actor actor, NewSession made);
  Task<Result<SignedIn>> sign_in(NewSession made);
  Task<void> finish();

  io::Loop& loop_;
  io::Clock& clock_;
  io::Random& random_;
  io::Log& log_;
  store::Store& store_;
  const AccessSettings settings_;
  CredentialService& credentials_;
  PasswordHasher& hasher_;
  LoginLimiter& limiter_;
  SetupToken file_;
  SetupToken reset_file_;
  PersonRecorder recorder_;
  Secret<> token_;
  bool is_needed_ = false;
  bool is_reset_ = false;
};

}  // namespace fettle::access
