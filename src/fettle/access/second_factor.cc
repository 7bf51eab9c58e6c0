#include "fettle/access/second_factor.h"

#include "fettle/access/audit_repo.h"
#include "fettle/access/builtin.h"
#include "fettle/access/totp_repo.h"
#include "fettle/access/totp_rules.h"
#include "fettle/base/encoding.h"

namespace fettle::access {
namespace {

// Ten, then one a minute: who knows the password and guesses codes, three of a million of which fit at a
// time, needs eight months for an even chance, from however many addresses.
constexpr BucketShape kAttempts{10, Seconds(60)};
constexpr std::size_t kMostPeople = 10'000;

SecretPlace place_of(const PersonId& person) {
  return {kSystemEnvironment, "person_totp", person.text(), "secret"};
}

std::unexpected<Error> wrong_code() {
  return fail(
      ErrorCode::unauthenticated, "totp_wrong",
      "The code is wrong. It changes every 30 s; the clock of the device that shows it must be right.");
}

std::vector<Hash256> hashes_of(const std::vector<std::string>& codes) {
  std::vector<Hash256> out;
  for (const std::string& code : codes) out.push_back(recovery_code_hash(code));
  return out;
}

}  // namespace

SecondFactor::SecondFactor(io::Clock& clock, io::Random& random, io::Log& log, store::Store& store,
                           SecretBox box)
    : clock_(clock),
      random_(random),
      log_(log),
      store_(store),
      box_(std::move(box)),
      attempts_(kAttempts, kMostPeople) {}

Result<Secret<>> SecondFactor::open(const PersonTotp& totp) const {
  auto secret = box_.open(place_of(totp.person), totp.sealed_secret);
  if (!secret) {
    log_.error("a second factor does not open; is it the master key of this data?",
               {{"person", totp.person}, {"error", secret.error()}});
  }
  return secret;
}

Task<Result<>> SecondFactor::check(Person person, std::string code, std::string address) {
  const PersonId id = person.id;
  FETTLE_CO_TRY(const auto totp,
                co_await store_.read([id](store::Session& session) { return totp_repo::find(session, id); }));
  if (!totp || !totp->confirmed_at) co_return Result<>{};
  if (code.empty()) {
    co_return fail(ErrorCode::unauthenticated, "totp_needed",
                   "Enter the code that your authenticator app shows, or a recovery code.");
  }
  Result<> outcome = wrong_code();
  const FactorKind kind = factor_kind(code);
  if (kind == FactorKind::totp) outcome = co_await check_code(person, *totp, code);
  if (kind == FactorKind::recovery) {
    const Actor actor{"person", person.id.text(), person.name, address};
    outcome = co_await use_recovery_code(person, actor, code);
  }
  if (!outcome && outcome.error().code == ErrorCode::unauthenticated)
    log_.warn("second factor refused", {{"address", address}, {"person", person.id}});
  co_return outcome;
}

Task<Result<>> SecondFactor::check_code(Person person, PersonTotp totp, std::string code) {
  const std::string key = person.id.text();
  const MonoTime now = clock_.mono_now();
  if (const Nanos wait = attempts_.wait(key, now); wait > Nanos(0)) {
    Error error = too_many_attempts(std::chrono::ceil<Seconds>(wait));
    error.detail += " A recovery code opens at once.";
    co_return std::unexpected(std::move(error));
  }
  attempts_.take(key, now);
  FETTLE_CO_TRY(const Secret<> secret, open(totp));
  const Bytes bytes = as_bytes(secret.reveal());
  const auto step = match_totp(bytes, code, clock_.wall_now(), totp.last_step);
  const bool is_old = !step && match_totp(bytes, code, clock_.wall_now(), -1);
  bool is_used = is_old;
  if (step) {
    FETTLE_CO_TRY(const bool is_first,
                  co_await store_.write([id = person.id, step = *step](store::Session& session) {
                    return totp_repo::use_step(session, id, step);
                  }));
    is_used = !is_first;
    if (is_first) attempts_.refill(key);
  }
  if (is_used) {
    co_return fail(ErrorCode::unauthenticated, "totp_used",
                   "This code was used already; wait for the next one.");
  }
  if (!step) co_return wrong_code();
  co_return Result<>{};
}

Task<Result<>> SecondFactor::use_recovery_code(Person person, Actor actor, std::string code) {
  const WallTime now = clock_.wall_now();
  const Hash256 hash = recovery_code_hash(code);
  co_return co_await store_.write([id = person.id, actor, hash, now](store::Session& session) -> Result<> {
    if (!totp_repo::use_recovery_code(session, id, hash)) return wrong_code();
    const std::int64_t left = totp_repo::count_recovery_codes(session, id);
    audit_repo::append(session,
                       {now, actor, "totp.recover", id.text(), std::to_string(left) + " codes left"});
    return {};
  });
}

Task<Result<TotpSecret>> SecondFactor::begin(Person person) {
  std::array<std::uint8_t, kTotpSecretBytes> random{};
  random_.fill(random);
  Nonce192 nonce{};
  random_.fill(nonce);
  const Secret<> secret{std::string(as_text(random))};
  PersonTotp totp;
  totp.person = person.id;
  totp.sealed_secret = box_.seal(place_of(person.id), secret, nonce);
  totp.created_at = clock_.wall_now();
  auto written = co_await store_.write([totp](store::Session& session) -> Result<> {
    if (totp_repo::begin(session, totp)) return {};
    return fail(ErrorCode::conflict, "totp_enabled", "The second factor is on already; turn it off first.");
  });
  if (!written) co_return std::unexpected(std::move(written).error());
  co_return TotpSecret{base32_encode(random), totp_uri(random, person.name, "Fettle")};
}

std::vector<std::string> SecondFactor::make_recovery_codes() {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < kRecoveryCodes; ++i) {
    std::array<std::uint8_t, 10> random{};
    random_.fill(random);
    out.push_back(make_recovery_code(random));
  }
  return out;
}

Task<Result<std::vector<std::string>>> SecondFactor::confirm(Person person, Actor actor, std::string code) {
  const PersonId id = person.id;
  FETTLE_CO_TRY(const auto totp,
                co_await store_.read([id](store::Session& session) { return totp_repo::find(session, id); }));
  if (!totp || totp->confirmed_at)
    co_return fail(ErrorCode::conflict, "totp_not_begun",
                   "There is no second factor to confirm; begin anew.");
  auto checked = factor_kind(code) == FactorKind::totp ? co_await check_code(person, *totp, code)
                                                       : Result<>(wrong_code());
  if (!checked) co_return std::unexpected(std::move(checked).error());
  const std::vector<std::string> codes = make_recovery_codes();
  const WallTime now = clock_.wall_now();
  auto write = [id, actor, now, hashes = hashes_of(codes)](store::Session& session) -> Result<> {
    if (!totp_repo::confirm(session, id, now))
      return fail(ErrorCode::conflict, "totp_not_begun", "There is no second factor to confirm; begin anew.");
    totp_repo::replace_recovery_codes(session, id, hashes);
    audit_repo::append(session, {now, actor, "totp.enable", id.text(), {}});
    return {};
  };
  if (auto written = co_await store_.write(std::move(write)); !written)
    co_return std::unexpected(std::move(written).error());
  co_return codes;
}

Task<Result<std::vector<std::string>>> SecondFactor::renew_recovery_codes(Person person, Actor actor) {
  const PersonId id = person.id;
  const std::vector<std::string> codes = make_recovery_codes();
  const WallTime now = clock_.wall_now();
  auto write = [id, actor, now, hashes = hashes_of(codes)](store::Session& session) -> Result<> {
    const auto totp = totp_repo::find(session, id);
    if (!totp || !totp->confirmed_at)
      return fail(ErrorCode::conflict, "totp_not_enabled", "The second factor is not on.");
    totp_repo::replace_recovery_codes(session, id, hashes);
    audit_repo::append(session, {now, actor, "totp.renew_codes", id.text(), {}});
    return {};
  };
  if (auto written = co_await store_.write(std::move(write)); !written)
    co_return std::unexpected(std::move(written).error());
  co_return codes;
}

Task<Result<>> SecondFactor::remove(PersonId person, Actor actor, std::string why) {
  const WallTime now = clock_.wall_now();
  auto write = [person, actor, why, now](store::Session& session) -> Result<> {
    if (!totp_repo::remove(session, person))
      return fail(ErrorCode::conflict, "totp_not_enabled", "The second factor is not on.");
    audit_repo::append(session, {now, actor, "totp.disable", person.text(), why});
    return {};
  };
  co_return co_await store_.write(std::move(write), store::Priority::essential);
}

}  // namespace fettle::access
