#include "fettle/access/invitation_service.h"

#include "fettle/access/audit_repo.h"
#include "fettle/access/invitation_repo.h"
#include "fettle/access/password_rules.h"
#include "fettle/access/person_repo.h"
#include "fettle/access/totp_repo.h"
#include "fettle/base/token.h"

namespace fettle::access {
namespace {

const std::string kLimiterKey = "\n\n";  // nobody has that name

std::unexpected<Error> over() {
  return fail(ErrorCode::gone, "invitation_over",
              "This link was used already, replaced by a newer one, or is too old. Ask an administrator for "
              "another one.");
}

}  // namespace

Task<Result<InvitationService::Found>> InvitationService::find(Secret<> token, std::string address) {
  // Counts what is wrong only: nobody guesses 128 bits, but the attempt shall not be free.
  const LoginLimiter::Attempt attempt{kLimiterKey, address};
  if (const auto wait = limiter_.try_begin(attempt, clock_.mono_now()))
    co_return std::unexpected(too_many_attempts(*wait));
  if (!is_token(kInvitationTokenPrefix, token.reveal())) co_return over();
  const WallTime now = clock_.wall_now();
  auto read = [hash = token_hash(token.reveal()), now](store::Session& session) -> std::optional<Found> {
    const auto invitation = invitation_repo::find_by_hash(session, hash);
    if (!invitation || invitation->expires_at <= now) return std::nullopt;
    const auto person = person_repo::find(session, invitation->person);
    if (!person || person->is_disabled) return std::nullopt;
    const auto totp = totp_repo::find(session, person->id);
    return Found{*invitation, *person, totp && totp->confirmed_at};
  };
  FETTLE_CO_TRY(auto found, co_await store_.read(std::move(read)));
  if (!found) {
    log_.warn("invitation refused", {{"address", address}});
    co_return over();
  }
  limiter_.succeeded(attempt);
  co_return std::move(*found);
}

Task<Result<InvitationNote>> InvitationService::look_at(Secret<> token, std::string address) {
  FETTLE_CO_TRY(const Found found, co_await find(std::move(token), std::move(address)));
  co_return InvitationNote{found.person.name, found.invitation.expires_at, found.wants_code};
}

Task<Result<SignedIn>> InvitationService::accept(Facts facts) {
  FETTLE_CO_TRY(Found found, co_await find(facts.token, facts.around.address));
  Person& person = found.person;
  if (auto good = check_password(facts.password.reveal(), person.name); !good)
    co_return std::unexpected(std::move(good).error());
  if (auto second = co_await second_factor_.check(person, facts.code, facts.around.address); !second)
    co_return std::unexpected(std::move(second).error());
  Salt salt{};
  random_.fill(salt);
  FETTLE_CO_TRY(person.password_hash, co_await hasher_.hash(std::move(facts.password), salt));
  const WallTime now = clock_.wall_now();
  const Actor actor{"person", person.id.text(), person.name, facts.around.address};
  auto write = [person, actor, now, hash = found.invitation.token_hash](store::Session& session) -> Result<> {
    const auto still = invitation_repo::find_by_hash(session, hash);
    if (!still || still->expires_at <= now) return over();  // someone was faster
    invitation_repo::remove(session, person.id);
    person_repo::set_password(session, person.id, person.password_hash, now);
    audit_repo::append(session, {now, actor, "person.accept", person.id.text(), "by invitation"});
    return {};
  };
  if (auto written = co_await store_.write(std::move(write)); !written)
    co_return std::unexpected(std::move(written).error());
  co_return co_await sessions_.begin(person, std::move(facts.around));
}

}  // namespace fettle::access
