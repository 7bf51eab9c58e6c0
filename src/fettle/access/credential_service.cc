#include "fettle/access/credential_service.h"

#include "fettle/access/cookie_rules.h"
#include "fettle/access/credential_repo.h"
#include "fettle/access/same_origin.h"
#include "fettle/access/session_repo.h"
#include "fettle/access/token_repo.h"
#include "fettle/base/token.h"

namespace fettle::access {
namespace {

constexpr std::size_t kKnownCredentials = 10'000;  // 1 to 2 KB each
constexpr Seconds kSweep{5};
constexpr Seconds kRecordUseAfter{60};
constexpr int kReads = 3;  // a change during each of three reads in a row: do not keep what was read
constexpr std::size_t kCookieDigits = 43;  // base64url of 32 bytes

std::unexpected<Error> unknown_token() {
  return fail(ErrorCode::unauthenticated, "token_unknown",
              "This token is not known here, has expired or was revoked.");
}

}  // namespace

CredentialService::CredentialService(io::Loop& loop, io::Clock& clock, io::Log& log, store::Store& store,
                                     AccessSettings settings)
    : clock_(clock),
      log_(log),
      store_(store),
      settings_(std::move(settings)),
      cache_(kKnownCredentials),
      tasks_(loop, log) {}

void CredentialService::start() {
  tasks_.spawn("access sweep", sweep());
}

Task<void> CredentialService::stop() {
  co_await tasks_.stop();
  co_await record_uses(Nanos(0));
}

Task<Result<Principal>> CredentialService::authenticate(const net::Request& request) {
  if (const std::string_view token = bearer_token(request.headers.get("Authorization")); !token.empty()) {
    if (!is_token(kApiTokenPrefix, token)) co_return unknown_token();
    FETTLE_CO_TRY(const auto known, co_await look_up(Kind::token, token_hash(token)));
    if (!known) co_return unknown_token();
    co_return known->principal;
  }
  const std::string_view cookie = session_cookie_value(transport_of(request), request.headers.get("Cookie"));
  if (cookie.empty()) co_return Principal{};
  if (auto same = check_same_origin(request); !same) co_return std::unexpected(std::move(same).error());
  if (cookie.size() != kCookieDigits) co_return Principal{};
  FETTLE_CO_TRY(const auto known, co_await look_up(Kind::session, token_hash(cookie)));
  co_return known ? known->principal : Principal{};
}

Task<std::optional<Principal>> CredentialService::current(Principal principal) {
  const auto known = co_await look_up_id(principal.session_id.empty() ? principal.id : principal.session_id);
  if (!known || !known->has_value()) co_return std::nullopt;
  co_return (*known)->principal;
}

Task<std::optional<WallTime>> CredentialService::ends_at(Principal principal) {
  const auto known = co_await look_up_id(principal.session_id.empty() ? principal.id : principal.session_id);
  if (!known || !known->has_value()) co_return std::nullopt;
  co_return end_of(**known);
}

std::optional<WallTime> CredentialService::last_use(const SessionId& id) {
  const KnownCredential* known = cache_.find_id(id.text());
  return known ? std::optional(known->last_used_at) : std::nullopt;
}

std::optional<WallTime> CredentialService::end_of(const KnownCredential& known) const {
  if (known.principal.kind != PrincipalKind::person) return known.ends_at;
  const WallTime unused = known.last_used_at + settings_.session_idle;
  return known.ends_at ? std::min(*known.ends_at, unused) : unused;
}

bool CredentialService::is_over(const KnownCredential& known) const {
  const auto end = end_of(known);
  return end && *end <= clock_.wall_now();
}

std::optional<KnownCredential> CredentialService::use(KnownCredential* known) {
  if (is_over(*known)) return std::nullopt;  // the sweep tells the listeners
  known->last_used_at = std::max(known->last_used_at, clock_.wall_now());
  return *known;
}

template <class Find>
Task<Result<std::optional<KnownCredential>>> CredentialService::read_and_keep(Find find) {
  for (int attempt = 1;; ++attempt) {
    const std::uint64_t generation = generation_;
    auto found = co_await store_.read(find);
    if (!found) co_return std::unexpected(std::move(found).error());
    if (!found->has_value() || is_over(**found)) co_return std::optional<KnownCredential>{};
    if (generation == generation_) {
      cache_.put(**found);
      co_return use(cache_.find_id((*found)->id));
    }
    if (attempt == kReads) co_return std::move(*found);
  }
}

Task<Result<std::optional<KnownCredential>>> CredentialService::look_up(Kind kind, Hash256 secret_hash) {
  if (KnownCredential* known = cache_.find(secret_hash)) co_return use(known);
  auto find = [kind, secret_hash](store::Session& session) {
    return kind == Kind::session ? credential_repo::find_session(session, secret_hash)
                                 : credential_repo::find_token(session, secret_hash);
  };
  co_return co_await read_and_keep(std::move(find));
}

Task<Result<std::optional<KnownCredential>>> CredentialService::look_up_id(std::string id) {
  if (KnownCredential* known = cache_.find_id(id)) co_return use(known);
  auto find = [id](store::Session& session) { return credential_repo::find_id(session, id); };
  co_return co_await read_and_keep(std::move(find));
}

void CredentialService::on_scope_changed(std::function<void(const ScopeChange&)> listener) {
  listeners_.push_back(std::move(listener));
}

void CredentialService::tell(const ScopeChange& change) {
  for (const auto& listener : listeners_) listener(change);
}

void CredentialService::credential_ended(std::string_view principal_id, std::string_view credential_id) {
  ++generation_;
  cache_.erase_id(credential_id);
  const bool is_session = credential_id != principal_id;
  tell({std::string(principal_id), is_session ? std::string(credential_id) : std::string(), std::nullopt});
}

void CredentialService::person_changed(const PersonId& person) {
  ++generation_;
  tasks_.spawn("access scope change", tell_person_changed(person, cache_.erase_person(person)));
}

Task<void> CredentialService::tell_person_changed(PersonId person, std::vector<KnownCredential> before) {
  auto credentials = co_await store_.read(
      [person](store::Session& session) { return credential_repo::of_person(session, person); });
  if (!credentials) {
    // Who still looks on must not see more than is allowed: without an answer from the store, nothing.
    log_.error("grants could not be read after a change",
               {{"person", person}, {"error", credentials.error()}});
    for (const KnownCredential& known : before) {
      tell({known.principal.id, known.principal.session_id, std::nullopt});
    }
    co_return;
  }
  for (const KnownCredential& known : *credentials) {
    tell({known.principal.id, known.principal.session_id,
          is_over(known) ? std::nullopt : std::optional(known.principal)});
  }
}

Task<void> CredentialService::sweep() {
  for (;;) {
    co_await clock_.sleep_for(kSweep);
    end_what_is_over();
    co_await record_uses(kRecordUseAfter);
  }
}

void CredentialService::end_what_is_over() {
  std::vector<std::pair<std::string, std::string>> over;
  cache_.for_each([&](KnownCredential& known) {
    if (is_over(known)) over.emplace_back(known.principal.id, known.id);
  });
  for (const auto& [principal_id, id] : over) credential_ended(principal_id, id);
}

Task<void> CredentialService::record_uses(Nanos at_least) {
  std::vector<std::pair<std::string, WallTime>> uses;
  cache_.for_each([&](KnownCredential& known) {
    if (known.last_used_at <= known.recorded_use_at || known.last_used_at - known.recorded_use_at < at_least)
      return;
    known.recorded_use_at = known.last_used_at;
    uses.emplace_back(known.id, known.last_used_at);
  });
  if (uses.empty()) co_return;
  auto record = [uses = std::move(uses)](store::Session& session) {
    for (const auto& [id, at] : uses) {
      if (const auto login = SessionId::parse(id)) session_repo::record_use(session, *login, at);
      if (const auto token = TokenId::parse(id)) token_repo::record_use(session, *token, at);
    }
  };
  auto written = co_await store_.write(std::move(record), store::Priority::upkeep);
  if (!written) log_.warn("last uses were not recorded", {{"error", written.error()}});
}

}  // namespace fettle::access
