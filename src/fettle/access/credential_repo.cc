#include "fettle/access/credential_repo.h"

#include "fettle/access/person_repo.h"
#include "fettle/access/session_repo.h"
#include "fettle/access/token_repo.h"

namespace fettle::access::credential_repo {
namespace {

constexpr std::int64_t kAllTokens = 1'000;  // more than a person may have

KnownCredential known_session(const LoginSession& login, const PersonAccess& person) {
  KnownCredential known;
  known.id = login.id.text();
  known.secret_hash = login.secret_hash;
  known.person = login.person;
  known.principal = principal_of_session(person, login.id);
  known.ends_at = login.ends_at;
  known.last_used_at = login.last_used_at;
  known.recorded_use_at = login.last_used_at;
  return known;
}

KnownCredential known_token(const ApiToken& token, const PersonAccess& creator) {
  KnownCredential known;
  known.id = token.id.text();
  known.secret_hash = token.secret_hash;
  known.person = token.person;
  known.principal = principal_of_token(creator, {token.id, token.name, token.scopes, token.environment});
  known.ends_at = token.expires_at;
  known.last_used_at = token.last_used_at.value_or(WallTime{});
  known.recorded_use_at = known.last_used_at;
  return known;
}

std::optional<KnownCredential> complete(store::Session& session, const std::optional<LoginSession>& login) {
  if (!login) return std::nullopt;
  const auto person = person_repo::load_access(session, login->person);
  return person ? std::optional(known_session(*login, *person)) : std::nullopt;
}

std::optional<KnownCredential> complete(store::Session& session, const std::optional<ApiToken>& token) {
  if (!token) return std::nullopt;
  const auto creator = person_repo::load_access(session, token->person);
  return creator ? std::optional(known_token(*token, *creator)) : std::nullopt;
}

}  // namespace

std::optional<KnownCredential> find_session(store::Session& session, const Hash256& secret_hash) {
  return complete(session, session_repo::find_by_hash(session, secret_hash));
}

std::optional<KnownCredential> find_token(store::Session& session, const Hash256& secret_hash) {
  return complete(session, token_repo::find_by_hash(session, secret_hash));
}

std::optional<KnownCredential> find_id(store::Session& session, std::string_view id) {
  if (const auto login = SessionId::parse(id)) return complete(session, session_repo::find(session, *login));
  if (const auto token = TokenId::parse(id)) return complete(session, token_repo::find(session, *token));
  return std::nullopt;
}

std::vector<KnownCredential> of_person(store::Session& session, const PersonId& person) {
  std::vector<KnownCredential> out;
  const auto access = person_repo::load_access(session, person);
  if (!access) return out;
  for (const LoginSession& login : session_repo::of_person(session, person)) {
    out.push_back(known_session(login, *access));
  }
  for (const ApiToken& token : token_repo::of_person(session, person, std::nullopt, kAllTokens)) {
    out.push_back(known_token(token, *access));
  }
  return out;
}

}  // namespace fettle::access::credential_repo
