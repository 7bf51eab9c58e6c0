// The module as one: builds its parts in order and hands out the ones that others need. Loop thread; app
// starts it when the store is open, and stops it before the store closes and after the server has stopped
// accepting.
#pragma once
#include "fettle/access/account_service.h"
#include "fettle/access/audit_verifier.h"
#include "fettle/access/credential_service.h"
#include "fettle/access/environment_service.h"
#include "fettle/access/environments.h"
#include "fettle/access/invitation_service.h"
#include "fettle/access/master_key.h"
#include "fettle/access/people_service.h"
#include "fettle/access/role_service.h"
#include "fettle/access/session_service.h"
#include "fettle/access/setup_service.h"
#include "fettle/access/token_service.h"

namespace fettle::access {

class Access {
 public:
  Access(io::Loop& loop, io::Clock& clock, io::Random& random, io::Files& files, const io::Log& log,
         store::Store& store, AccessSettings settings, const MasterKeys& keys);

  /// Reads the environments, finds out whether a first run is due, begins to sweep.
  Task<Result<>> start();
  Task<void> stop();
  void add_routes(net::Router& router);

  /// net's Authenticator, and the hook of the streams.
  CredentialService& credentials() { return credentials_; }
  SetupService& setup() { return setup_; }
  RoleService& roles() { return roles_; }
  [[nodiscard]] const Environments& environments() const { return environments_; }
  /// For modules above that keep things in environments.
  EnvironmentService& environment_service() { return environment_service_; }
  AuditVerifier& audit_verifier() { return verifier_; }
  [[nodiscard]] const AccessSettings& settings() const { return settings_; }
  /// The hashes that wait, for /metrics.
  [[nodiscard]] const io::WorkQueue& password_queue() const { return hasher_.queue(); }

 private:
  const AccessSettings settings_;
  io::Log log_;
  store::Store& store_;
  Environments environments_;
  LoginLimiter limiter_;
  PasswordHasher hasher_;
  CredentialService credentials_;
  SecondFactor second_factor_;
  SetupService setup_;
  SessionService sessions_;
  InvitationService invitations_;
  AccountService account_;
  PeopleService people_;
  TokenService tokens_;
  RoleService roles_;
  EnvironmentService environment_service_;
  AuditVerifier verifier_;
};

}  // namespace fettle::access
