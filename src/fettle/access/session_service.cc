#include "fettle/access/session_service.h"

#include "fettle/access/audit_repo.h"
#include "fettle/access/password_rules.h"
#include "fettle/access/person_repo.h"
#include "fettle/access/session_end.h"
#include "fettle/access/session_repo.h"
#include "fettle/base/text.h"

namespace fettle::access {
namespace {

constexpr std::size_t kLongestBrowser = 256;

}  // namespace

SessionService::SessionService(io::Clock& clock, io::Random& random, io::Log& log, store::Store& store,
                               AccessSettings settings, CredentialService& credentials,
                               PasswordHasher& hasher, LoginLimiter& limiter, SecondFactor& second_factor)
    : clock_(clock),
      random_(random),
      log_(log),
      store_(store),
      settings_(std::move(settings)),
      credentials_(credentials),
      hasher_(hasher),
      limiter_(limiter),
      second_factor_(second_factor) {}

Task<Result<Person>> SessionService::check_credentials(Facts facts) {
  const LoginLimiter::Attempt attempt{name_key(facts.name), facts.around.address};
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
              {{"address", facts.around.address}, {"person", person ? person->id.text() : "unknown"}});
    co_return fail(ErrorCode::unauthenticated, "wrong_credentials", "Name or password is wrong.");
  }
  if (person->is_disabled) {
    co_return fail(ErrorCode::unauthenticated, "person_disabled",
                   "This account is disabled; an administrator can enable it again.");
  }
  if (auto second = co_await second_factor_.check(*person, facts.code, facts.around.address); !second)
    co_return std::unexpected(std::move(second).error());
  limiter_.succeeded(attempt);
  co_return *person;
}

Task<Result<SignedIn>> SessionService::log_in(Facts facts) {
  Surroundings around = facts.around;
  FETTLE_CO_TRY(Person person, co_await check_credentials(std::move(facts)));
  co_return co_await begin(std::move(person), std::move(around));
}

Task<Result<SignedIn>> SessionService::begin(Person person, Surroundings around) {
  const Actor actor{"person", person.id.text(), person.name, around.address};
  NewSession made = make_session(random_, clock_.wall_now(), actor, settings_);
  made.row.browser = truncate_utf8(around.browser, kLongestBrowser);
  auto* self = this;
  auto write = [self, actor, person, login = made.row,
                before = SessionId::parse(around.session_before)](store::Session& session) -> Result<> {
    // The password may have been changed, or the person removed, since it was looked at.
    const auto still = person_repo::find(session, person.id);
    if (!still || still->is_disabled || still->password_hash != person.password_hash)
      return fail(ErrorCode::unauthenticated, "wrong_credentials", "Name or password is wrong.");
    std::vector<SessionId> gone = record_session(session, login, actor);
    person_repo::record_login(session, person.id, login.created_at);
    const auto rotated = before ? session_repo::find(session, *before) : std::nullopt;
    if (rotated) {
      session_repo::remove(session, *before);
      audit_repo::append(session, {login.created_at, actor, "session.end", before->text(), "logged in anew"});
    }
    session.after_commit([self, gone, rotated, login] {
      for (const SessionId& id : gone) self->credentials_.credential_ended(login.person.text(), id.text());
      if (rotated) self->credentials_.credential_ended(rotated->person.text(), rotated->id.text());
    });
    return {};
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

Task<Result<std::vector<LoginSession>>> SessionService::list(PersonId person) {
  FETTLE_CO_TRY(auto all, co_await store_.read([person](store::Session& session) {
    return session_repo::of_person(session, person);
  }));
  for (LoginSession& login : all) {
    login.last_used_at = std::max(login.last_used_at, credentials_.last_use(login.id).value_or(WallTime{}));
  }
  const WallTime now = clock_.wall_now();
  std::erase_if(all, [&](const LoginSession& login) {
    return login.ends_at <= now || login.last_used_at + settings_.session_idle <= now;
  });
  co_return all;
}

Task<Result<>> SessionService::end(PersonId person, Actor actor, SessionId id) {
  const WallTime now = clock_.wall_now();
  auto* self = this;
  auto write = [self, person, actor, id, now](store::Session& session) -> Result<> {
    const auto login = session_repo::find(session, id);
    if (!login || login->person != person)
      return fail(ErrorCode::not_found, "not_found", "There is no such session.");
    session_repo::remove(session, id);
    audit_repo::append(session, {now, actor, "session.end", id.text(), "ended by hand"});
    session.after_commit(
        [self, person, id] { self->credentials_.credential_ended(person.text(), id.text()); });
    return {};
  };
  co_return co_await store_.write(std::move(write), store::Priority::essential);
}

Task<Result<>> SessionService::end_all(PersonId person, Actor actor, std::optional<SessionId> kept) {
  auto* credentials = &credentials_;
  const EndSessions what{person, kept, std::move(actor), clock_.wall_now(), "ended by hand"};
  auto write = [credentials, what](store::Session& session) { end_sessions(session, *credentials, what); };
  co_return co_await store_.write(std::move(write), store::Priority::essential);
}

}  // namespace fettle::access
