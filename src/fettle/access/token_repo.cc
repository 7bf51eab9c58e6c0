#include "fettle/access/token_repo.h"

#include "fettle/access/stored_hash.h"
#include "fettle/base/text.h"

namespace fettle::access::token_repo {
namespace {

constexpr std::string_view kInsert =
    "INSERT INTO api_token (id, secret_hash, person_id, name, scopes, environment_id, created_at, expires_at)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
constexpr std::string_view kFindByHash =
    "SELECT id, secret_hash, person_id, name, scopes, environment_id, created_at, expires_at, last_used_at"
    " FROM api_token WHERE secret_hash = ?1";
constexpr std::string_view kFind =
    "SELECT id, secret_hash, person_id, name, scopes, environment_id, created_at, expires_at, last_used_at"
    " FROM api_token WHERE id = ?1";
constexpr std::string_view kOfPerson =
    "SELECT id, secret_hash, person_id, name, scopes, environment_id, created_at, expires_at, last_used_at"
    " FROM api_token WHERE person_id = ?1 AND (?2 IS NULL OR id < ?2) ORDER BY id DESC LIMIT ?3";
constexpr std::string_view kList =
    "SELECT t.id, t.secret_hash, t.person_id, t.name, t.scopes, t.environment_id, t.created_at, t.expires_at,"
    " t.last_used_at, p.name FROM api_token t JOIN person p ON p.id = t.person_id"
    " WHERE (?1 IS NULL OR t.id < ?1) ORDER BY t.id DESC LIMIT ?2";
constexpr std::string_view kCount = "SELECT count(*) FROM api_token WHERE person_id = ?1";
constexpr std::string_view kRemove = "DELETE FROM api_token WHERE id = ?1";
constexpr std::string_view kRecordUse =
    "UPDATE api_token SET last_used_at = ?2 WHERE id = ?1 AND coalesce(last_used_at, 0) < ?2";

std::string scopes_text(const std::set<TokenScope>& scopes) {
  std::string out;
  for (const TokenScope scope : scopes) {
    if (!out.empty()) out += ',';
    out += scope_name(scope);
  }
  return out;
}

ApiToken read_token(const store::Row& row) {
  ApiToken token;
  token.id = TokenId::parse(row.text(0)).value_or(TokenId{});
  token.secret_hash = read_hash(row.blob(1));
  token.person = PersonId::parse(row.text(2)).value_or(PersonId{});
  token.name = row.text(3);
  const std::string scopes = row.text(4);
  for (const std::string_view word : split(scopes, ',')) {
    if (const auto scope = parse_scope(word)) token.scopes.insert(*scope);
  }
  // An unreadable id must narrow to nothing, not widen to all.
  if (!row.is_null(5)) token.environment = EnvironmentId::parse(row.text(5)).value_or(EnvironmentId{});
  token.created_at = wall_from_unix_ms(row.integer(6));
  if (!row.is_null(7)) token.expires_at = wall_from_unix_ms(row.integer(7));
  if (!row.is_null(8)) token.last_used_at = wall_from_unix_ms(row.integer(8));
  return token;
}

}  // namespace

void insert(store::Session& session, const ApiToken& token) {
  std::optional<std::string> environment;
  if (token.environment) environment = token.environment->text();
  std::optional<std::int64_t> expires_at;
  if (token.expires_at) expires_at = unix_ms(*token.expires_at);
  session.execute(
      kInsert, {token.id.text(), std::span<const std::uint8_t>(token.secret_hash), token.person.text(),
                token.name, scopes_text(token.scopes), environment, unix_ms(token.created_at), expires_at});
}

std::optional<ApiToken> find_by_hash(store::Session& session, const Hash256& hash) {
  return session.query_one(kFindByHash, {std::span<const std::uint8_t>(hash)}, read_token);
}

std::optional<ApiToken> find(store::Session& session, const TokenId& id) {
  return session.query_one(kFind, {id.text()}, read_token);
}

std::vector<ApiToken> of_person(store::Session& session, const PersonId& person,
                                std::optional<TokenId> before, std::int64_t limit) {
  std::optional<std::string> cursor;
  if (before) cursor = before->text();
  return session.query_all(kOfPerson, {person.text(), cursor, limit}, read_token);
}

std::vector<std::pair<ApiToken, std::string>> list(store::Session& session, std::optional<TokenId> before,
                                                   std::int64_t limit) {
  std::optional<std::string> cursor;
  if (before) cursor = before->text();
  return session.query_all(kList, {cursor, limit},
                           [](const store::Row& row) { return std::pair(read_token(row), row.text(9)); });
}

std::int64_t count_of(store::Session& session, const PersonId& person) {
  const auto count =
      session.query_one(kCount, {person.text()}, [](const store::Row& row) { return row.integer(0); });
  return count.value_or(0);
}

bool remove(store::Session& session, const TokenId& id) {
  return session.execute(kRemove, {id.text()}) > 0;
}

void record_use(store::Session& session, const TokenId& id, WallTime at) {
  session.execute(kRecordUse, {id.text(), unix_ms(at)});
}

}  // namespace fettle::access::token_repo
