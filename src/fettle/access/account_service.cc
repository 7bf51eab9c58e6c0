#include "fettle/access/account_service.h"

#include "fettle/access/audit_repo.h"
#include "fettle/access/invitation_repo.h"
#include "fettle/access/password_rules.h"
#include "fettle/access/person_repo.h"
#include "fettle/access/totp_repo.h"

namespace fettle::access {
namespace {

/// A wrong code of someone who is logged in is a field that does not fit: 401 would say that the session is
/// over.
Error as_field(Error error) {
  if (error.code != ErrorCode::unauthenticated) return error;
  error.code = ErrorCode::unprocessable;
  error.fields.push_back({"/body/code", error.detail});
  return error;
}

}  // namespace

Task<Result<Person>> AccountService::person_of(Principal principal) {
  const auto id = PersonId::parse(principal.id);
  if (principal.kind != PrincipalKind::person || !id) {
    co_return fail(ErrorCode::forbidden, "person_needed",
                   "Only a person who is logged in can do this, not a token.");
  }
  FETTLE_CO_TRY(auto person, co_await store_.read([id = *id](store::Session& session) {
    return person_repo::find(session, id);
  }));
  if (!person) co_return fail(ErrorCode::unauthenticated, "no_session", "This account is no longer there.");
  co_return std::move(*person);
}

Task<Result<Person>> AccountService::check_password_of(Principal principal, Actor actor, Secret<> password) {
  FETTLE_CO_TRY(Person person, co_await person_of(principal));
  const LoginLimiter::Attempt attempt{name_key(person.name), actor.address};
  if (const auto wait = limiter_.try_begin(attempt, clock_.mono_now()))
    co_return std::unexpected(too_many_attempts(*wait));
  FETTLE_CO_TRY(const bool is_right, co_await hasher_.verify(std::move(password), person.password_hash));
  if (!is_right) {
    log_.warn("password refused", {{"address", actor.address}, {"person", person.id}});
    co_return fail_field("/body/current_password", "This is not your password.");
  }
  limiter_.succeeded(attempt);
  co_return person;
}

Task<Result<Person>> AccountService::check_proof(Principal principal, Actor actor, Proof proof) {
  FETTLE_CO_TRY(Person person, co_await check_password_of(principal, actor, std::move(proof.password)));
  if (auto second = co_await second_factor_.check(person, proof.code, actor.address); !second)
    co_return std::unexpected(as_field(std::move(second).error()));
  co_return person;
}

Task<Result<AccountNote>> AccountService::note(Principal principal) {
  FETTLE_CO_TRY(Person person, co_await person_of(std::move(principal)));
  co_return co_await store_.read([person](store::Session& session) {
    const auto totp = totp_repo::find(session, person.id);
    return AccountNote{person, totp && totp->confirmed_at,
                       totp_repo::count_recovery_codes(session, person.id)};
  });
}

Task<Result<>> AccountService::change_password(Principal principal, Actor actor, Secret<> current,
                                               Secret<> next) {
  FETTLE_CO_TRY(const Person person, co_await check_password_of(principal, actor, std::move(current)));
  if (auto good = check_password(next.reveal(), person.name); !good) co_return good;
  Salt salt{};
  random_.fill(salt);
  FETTLE_CO_TRY(const std::string hash, co_await hasher_.hash(std::move(next), salt));
  const WallTime now = clock_.wall_now();
  auto* credentials = &credentials_;
  auto write = [credentials, person, actor, hash, now,
                kept = SessionId::parse(principal.session_id)](store::Session& session) -> Result<> {
    const auto still = person_repo::find(session, person.id);
    if (!still || still->password_hash != person.password_hash)
      return fail(ErrorCode::conflict, "changed_meanwhile", "The password was changed meanwhile.");
    person_repo::set_password(session, person.id, hash, now);
    invitation_repo::remove(session, person.id);
    audit_repo::append(session, {now, actor, "person.password", person.id.text(), "by oneself"});
    end_sessions(session, *credentials, {person.id, kept, actor, now, "password changed"});
    return {};
  };
  co_return co_await store_.write(std::move(write), store::Priority::essential);
}

Task<Result<TotpSecret>> AccountService::begin_totp(Principal principal, Actor actor, Secret<> password) {
  FETTLE_CO_TRY(Person person, co_await check_password_of(principal, actor, std::move(password)));
  co_return co_await second_factor_.begin(std::move(person));
}

Task<Result<std::vector<std::string>>> AccountService::confirm_totp(Principal principal, Actor actor,
                                                                    std::string code) {
  FETTLE_CO_TRY(Person person, co_await person_of(std::move(principal)));
  auto codes = co_await second_factor_.confirm(std::move(person), std::move(actor), std::move(code));
  if (!codes) co_return std::unexpected(as_field(std::move(codes).error()));
  co_return codes;
}

Task<Result<>> AccountService::remove_totp(Principal principal, Actor actor, Proof proof) {
  FETTLE_CO_TRY(const Person person, co_await check_proof(principal, actor, std::move(proof)));
  co_return co_await second_factor_.remove(person.id, std::move(actor), "by oneself");
}

Task<Result<std::vector<std::string>>> AccountService::renew_recovery_codes(Principal principal, Actor actor,
                                                                            Proof proof) {
  FETTLE_CO_TRY(const Person person, co_await check_proof(principal, actor, std::move(proof)));
  co_return co_await second_factor_.renew_recovery_codes(person, std::move(actor));
}

}  // namespace fettle::access
