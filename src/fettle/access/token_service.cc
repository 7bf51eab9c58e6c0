#include "fettle/access/token_service.h"

#include "fettle/access/audit_repo.h"
#include "fettle/access/password_rules.h"
#include "fettle/access/token_repo.h"
#include "fettle/base/token.h"

namespace fettle::access {
namespace {

constexpr std::int64_t kTokensOfOne = 100;

Result<PersonId> person_of(const Principal& principal) {
  const auto id = PersonId::parse(principal.id);
  if (principal.kind == PrincipalKind::person && id) return *id;
  return fail(ErrorCode::forbidden, "person_needed",
              "Only a person who is logged in can do this, not a token.");
}

/// Whether the person may, in this environment or in any, all that the scope stands for.
bool holds(const Principal& person, TokenScope scope, const std::optional<EnvironmentId>& environment) {
  const std::set<Permission> wanted = permissions_of(scope);
  return std::ranges::any_of(person.grants, [&](const auto& entry) {
    if (environment && entry.first != *environment) return false;
    return std::ranges::includes(entry.second.permissions, wanted);
  });
}

Result<ApiToken> check_facts(const Principal& person, const NewToken& facts, WallTime now) {
  ApiToken token;
  FETTLE_TRY(token.person, person_of(person));
  FETTLE_TRY(token.name, check_name(facts.name));
  if (facts.environment && !person.may(Permission::view, *facts.environment)) {
    return fail_field("/body/environment_id", "There is no such environment.");
  }
  if (facts.scopes.empty()) return fail_field("/body/scopes", "A token needs at least one scope.");
  for (const TokenScope scope : facts.scopes) {
    if (!holds(person, scope, facts.environment)) {
      return fail_field("/body/scopes",
                        "You may not give what you do not have: " + std::string(scope_name(scope)) + ".");
    }
    token.scopes.insert(scope);
  }
  if (facts.expires_at && *facts.expires_at <= now) {
    return fail_field("/body/expires_at", "The end must be in the future.");
  }
  token.environment = facts.environment;
  token.expires_at = facts.expires_at;
  token.created_at = now;
  return token;
}

std::string scopes_for_audit(const ApiToken& token) {
  std::string out = token.name + ":";
  for (const TokenScope scope : token.scopes) out.append(" ").append(scope_name(scope));
  if (token.environment) out += " in " + token.environment->text();
  return out;
}

}  // namespace

TokenService::TokenService(io::Clock& clock, io::Random& random, store::Store& store,
                           CredentialService& credentials)
    : clock_(clock), random_(random), store_(store), credentials_(credentials) {}

Task<Result<MadeToken>> TokenService::make(Principal principal, Actor actor, NewToken facts) {
  FETTLE_CO_TRY(ApiToken token, check_facts(principal, facts, clock_.wall_now()));
  std::array<std::uint8_t, 16> random{};
  random_.fill(random);
  const Secret<> text = make_token(kApiTokenPrefix, random);
  token.id = random_.make_id<TokenId>(token.created_at);
  token.secret_hash = token_hash(text.reveal());
  auto write = [token, actor](store::Session& session) -> Result<> {
    if (token_repo::count_of(session, token.person) >= kTokensOfOne) {
      return fail(ErrorCode::conflict, "too_many_tokens",
                  "A person has at most 100 tokens; revoke one first.");
    }
    token_repo::insert(session, token);
    audit_repo::append(session,
                       {token.created_at, actor, "token.create", token.id.text(), scopes_for_audit(token)});
    return {};
  };
  if (auto written = co_await store_.write(std::move(write)); !written) {
    co_return std::unexpected(std::move(written).error());
  }
  co_return MadeToken{token, text};
}

Task<Result<std::vector<ApiToken>>> TokenService::list(Principal principal, std::optional<TokenId> before,
                                                       std::size_t limit) {
  FETTLE_CO_TRY(const PersonId person, person_of(principal));
  co_return co_await store_.read([person, before, limit](store::Session& session) {
    return token_repo::of_person(session, person, before, static_cast<std::int64_t>(limit));
  });
}

Task<Result<std::vector<std::pair<ApiToken, std::string>>>> TokenService::list_all(
    std::optional<TokenId> before, std::size_t limit) {
  co_return co_await store_.read([before, limit](store::Session& session) {
    return token_repo::list(session, before, static_cast<std::int64_t>(limit));
  });
}

Task<Result<>> TokenService::revoke(Principal principal, Actor actor, TokenId id) {
  FETTLE_CO_TRY(const PersonId person, person_of(principal));
  const WallTime now = clock_.wall_now();
  auto* self = this;
  auto write = [self, person, is_any = principal.server_administrator, actor, id,
                now](store::Session& session) -> Result<> {
    const auto token = token_repo::find(session, id);
    if (!token || (token->person != person && !is_any)) {
      return fail(ErrorCode::not_found, "not_found", "There is no such token.");
    }
    token_repo::remove(session, id);
    audit_repo::append(session, {now, actor, "token.revoke", id.text(), token->name});
    session.after_commit([self, id] { self->credentials_.credential_ended(id.text(), id.text()); });
    return {};
  };
  co_return co_await store_.write(std::move(write), store::Priority::essential);
}

}  // namespace fettle::access
