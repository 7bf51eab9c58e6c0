#include "fettle/access/setup_service.h"

#include "fettle/access/audit_repo.h"
#include "fettle/access/builtin.h"
#include "fettle/access/password_rules.h"
#include "fettle/access/person_repo.h"
#include "fettle/access/session_repo.h"
#include "fettle/access/totp_repo.h"
#include "fettle/base/encoding.h"
#include "fettle/base/text.h"

namespace fettle::access {
namespace {

constexpr std::size_t kLongestBrowser = 256;
const std::string kLimiterKey = "\n";  // nobody has that name

std::unexpected<Error> already_set_up() {
  return fail(ErrorCode::conflict, "already_set_up",
              "This server has its administrator already; log in instead.");
}

}  // namespace

SetupService::SetupService(io::Loop& loop, io::Clock& clock, io::Random& random, io::Files& files,
                           io::Log& log, store::Store& store, AccessSettings settings,
                           CredentialService& credentials, PasswordHasher& hasher, LoginLimiter& limiter)
    : loop_(loop),
      clock_(clock),
      random_(random),
      log_(log),
      store_(store),
      settings_(std::move(settings)),
      credentials_(credentials),
      hasher_(hasher),
      limiter_(limiter),
      file_(files, settings_.data_folder),
      reset_file_(files, settings_.data_folder, kResetTokenFile) {}

Task<Result<>> SetupService::start() {
  FETTLE_CO_TRY(const bool is_any,
                co_await store_.read([](store::Session& session) { return person_repo::is_any(session); }));
  SetupToken* file = &file_;
  if (is_any) {
    auto removed = co_await io::offload(loop_, hasher_.queue(), [file] { return file->remove(); });
    if (!removed) co_return removed;
    co_return co_await look_for_reset();
  }
  std::array<std::uint8_t, 16> random{};
  random_.fill(random);
  FETTLE_CO_TRY(token_, co_await io::offload(loop_, hasher_.queue(),
                                             [file, random] { return file->keep_or_make(random); }));
  is_needed_ = true;
  co_return Result<>{};
}

Task<Result<>> SetupService::look_for_reset() {
  SetupToken* file = &reset_file_;
  FETTLE_CO_TRY(token_, co_await io::offload(loop_, hasher_.queue(), [file] { return file->read(); }));
  is_reset_ = !token_.reveal().empty();
  if (is_reset_) log_.warn("a link for a new administrator is open", {{"file", reset_file_.path()}});
  co_return Result<>{};
}

Result<> SetupService::check(const Facts& facts) {
  if (!is_needed_ && !is_reset_) return already_set_up();
  if (const auto wait = limiter_.try_begin({kLimiterKey, facts.address}, clock_.mono_now())) {
    return std::unexpected(too_many_attempts(*wait));
  }
  if (!constant_time_equals(as_bytes(facts.token.reveal()), as_bytes(token_.reveal()))) {
    log_.warn("setup refused: wrong token", {{"address", facts.address}});
    return fail(ErrorCode::unauthenticated, "setup_token_wrong",
                "This is not the setup token; it is in the link that the server prints at its start, and in "
                "the file setup-token of its data folder.");
  }
  return {};
}

Task<Result<Person>> SetupService::make_person(Facts facts) {
  Person person;
  FETTLE_CO_TRY(person.name, check_name(facts.name));
  if (auto good = check_password(facts.password.reveal(), person.name); !good) {
    co_return std::unexpected(std::move(good).error());
  }
  Salt salt{};
  random_.fill(salt);
  FETTLE_CO_TRY(person.password_hash, co_await hasher_.hash(std::move(facts.password), salt));
  person.created_at = clock_.wall_now();
  person.id = random_.make_id<PersonId>(person.created_at);
  person.server_administrator = true;
  co_return person;
}

Task<Result<SignedIn>> SetupService::set_up(Facts facts) {
  if (auto checked = check(facts); !checked) co_return std::unexpected(std::move(checked).error());
  FETTLE_CO_TRY(const Person person, co_await make_person(facts));
  const Actor actor{"person", person.id.text(), person.name, facts.address};
  NewSession made = make_session(random_, person.created_at, actor, settings_);
  made.row.browser = truncate_utf8(facts.browser, kLongestBrowser);
  std::function<void(store::Session&)> also;
  if (recorder_) also = recorder_({person.id, person.name, person.created_at});
  auto* self = this;
  if (is_reset_) co_return co_await set_up_again(person, actor, made);
  auto write = [self, person, actor, login = made.row, also](store::Session& session) -> Result<> {
    if (person_repo::is_any(session)) return already_set_up();  // someone else was faster
    person_repo::insert(session, person);
    person_repo::set_role(session, person.id, kDefaultEnvironment, kAdministratorRole);
    audit_repo::append(session,
                       {person.created_at, actor, "person.create", person.id.text(), "first administrator"});
    if (also) also(session);
    ignore(record_session(session, login, actor), "a new person has no older sessions");
    session.after_commit([self] { self->is_needed_ = false; });
    return {};
  };
  if (auto written = co_await store_.write(std::move(write)); !written) {
    co_return std::unexpected(std::move(written).error());
  }
  co_await finish();
  co_return co_await sign_in(made);
}

/// After `fettle admin reset`: a new person, or one that is there with a new password. Whoever is logged in
/// as that person is logged out.
Task<Result<SignedIn>> SetupService::set_up_again(Person person, Actor actor, NewSession made) {
  auto* self = this;
  auto write = [self, person, actor, login = made.row](store::Session& session) -> Result<PersonId> {
    Person who = person;
    Actor by = actor;
    LoginSession own = login;
    const auto known = person_repo::find_by_name(session, person.name);
    if (known) {
      who.id = own.person = known->id;
      by.id = known->id.text();
      by.name = known->name;
      person_repo::renew_administrator(session, known->id, person.password_hash, person.created_at);
      // Who has lost the password may have lost the second factor with it.
      ignore(totp_repo::remove(session, known->id), "most have none");
      for (const SessionId& ended : session_repo::remove_oldest(session, known->id, 0)) {
        session.after_commit([self, id = known->id.text(), ended = ended.text()] {
          self->credentials_.credential_ended(id, ended);
        });
      }
    } else {
      person_repo::insert(session, person);
    }
    person_repo::set_role(session, who.id, kDefaultEnvironment, kAdministratorRole);
    audit_repo::append(session, {person.created_at, by, known ? "person.reset" : "person.create",
                                 who.id.text(), "administrator by fettle admin reset"});
    ignore(record_session(session, own, by), "older sessions are gone already");
    session.after_commit([self, id = who.id] {
      self->is_reset_ = false;
      self->credentials_.person_changed(id);
    });
    return who.id;
  };
  FETTLE_CO_TRY(made.row.person, co_await store_.write(std::move(write)));
  co_await finish();
  co_return co_await sign_in(std::move(made));
}

Task<Result<SignedIn>> SetupService::sign_in(NewSession made) {
  Principal principal;
  principal.kind = PrincipalKind::person;
  principal.id = made.row.person.text();
  principal.session_id = made.row.id.text();
  auto current = co_await credentials_.current(principal);
  if (!current) co_return fail(ErrorCode::unavailable, "unavailable", "The account is made; log in now.");
  co_return SignedIn{std::move(*current), made.cookie};
}

/// A file that stays behind opens nothing, and goes at the next start.
Task<void> SetupService::finish() {
  token_ = {};
  SetupToken* file = &file_;
  auto removed = co_await io::offload(loop_, hasher_.queue(), [file, reset = &reset_file_] {
    auto gone = file->remove();
    auto also_gone = reset->remove();
    return gone ? also_gone : gone;
  });
  if (!removed) log_.warn("the file of the setup token was not removed", {{"error", removed.error()}});
}

}  // namespace fettle::access
