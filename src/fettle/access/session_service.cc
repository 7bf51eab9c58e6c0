#include "fettle/access/session_service.h"

#include "fettle/access/audit_repo.h"
#include "fettle/access/password_rules.h"
#include "fettle/access/person_repo.h"
#include "fettle/access/session_repo.h"

namespace fettle::access {

SessionService::SessionService(io::Clock& clock, io::Random& random, io::Log& log, store::Store& store,
                               AccessSettings settings, CredentialService& credentials,
                               PasswordHasher& hasher, LoginLimiter& limiter)
    : clock_(clock),
      random_(random),
      log_(log),
      store_(store),
      settings_(std::move(settings)),
      credentials_(credentials),
      hasher_(hasher),
      limiter_(limiter) {}

Task<Result<Person>> SessionService::check_credentials(Facts facts) {
  const LoginLimiter::Attempt attempt{name_key(facts.name), facts.address};
  if (const auto wait = limiter_.try_begin(attempt, clock_.mono_now())) {
    co_return std::unexpected(too_many_attempts(*wait));
  }
  FETTLE_CO_TRY(const auto person, co_await store_.read([name = facts.name](store::Session& session) {
    return person_repo::find_by_name(session, name);
  }));
  const std::string stored = person ? person->password_hash : std::string();
  FETTLE_CO_TRY(const bool is_right, co_await hasher_.verify(std::move(facts.password), stored));
  if (!is_right) {
    // Not the name: people type their password into that field.
    log_.warn("log-in refused",
              {{"address", facts.address}, {"person", person ? person->id.text() : "unknown"}});
    co_return fail(ErrorCode::unauthenticated, "wrong_credentials", "Name or password is wrong.");
  }
  limiter_.succeeded(attempt);
  co_return *person;
}

Task<Result<SignedIn>> SessionService::log_in(Facts facts) {
  FETTLE_CO_TRY(const Person person, co_await check_credentials(facts));
  const Actor actor{"person", person.id.text(), person.name, facts.address};
  const NewSession made = make_session(random_, clock_.wall_now(), actor, settings_);
  auto* self = this;
  auto write = [self, actor, login = made.row,
                before = SessionId::parse(facts.session_before)](store::Session& session) {
    std::vector<SessionId> gone = record_session(session, login, actor);
    const auto rotated = before ? session_repo::find(session, *before) : std::nullopt;
    if (rotated) {
      session_repo::remove(session, *before);
      audit_repo::append(session, {login.created_at, actor, "session.end", before->text(), "logged in anew"});
    }
    session.after_commit([self, gone, rotated, login] {
      for (const SessionId& id : gone) self->credentials_.credential_ended(login.person.text(), id.text());
      if (rotated) self->credentials_.credential_ended(rotated->person.text(), rotated->id.text());
    });
  };
  if (auto written = co_await store_.write(std::move(write)); !written) {
    co_return std::unexpected(std::move(written).error());
  }
  Principal principal;
  principal.kind = PrincipalKind::person;
  principal.id = actor.id;
  principal.session_id = made.row.id.text();
  auto current = co_await credentials_.current(principal);
  if (!current)
    co_return fail(ErrorCode::unavailable, "unavailable", "The session could not be read; log in again.");
  co_return SignedIn{std::move(*current), made.cookie};
}

Task<Result<>> SessionService::log_out(Principal principal, Actor actor) {
  const auto id = SessionId::parse(principal.session_id);
  if (!id) co_return Result<>{};
  const WallTime now = clock_.wall_now();
  auto* self = this;
  auto write = [self, id = *id, actor, now](store::Session& session) {
    if (!session_repo::remove(session, id)) return;
    audit_repo::append(session, {now, actor, "session.end", id.text(), "logged out"});
    session.after_commit([self, id, actor] { self->credentials_.credential_ended(actor.id, id.text()); });
  };
  co_return co_await store_.write(std::move(write), store::Priority::essential);
}

}  // namespace fettle::access
