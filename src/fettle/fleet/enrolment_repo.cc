#include "fettle/fleet/enrolment_repo.h"

namespace fettle::fleet::enrolment_repo {
namespace {

constexpr std::string_view kInsert =
    "INSERT INTO enrolment_token (id, token_hash, environment_id, name, created_at, created_by, expires_at,"
    " for_host_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
constexpr std::string_view kFind =
    "SELECT id, token_hash, environment_id, name, created_at, created_by, expires_at, used_at, host_id,"
    " for_host_id FROM enrolment_token WHERE id = ?1";
constexpr std::string_view kFindByHash =
    "SELECT id, token_hash, environment_id, name, created_at, created_by, expires_at, used_at, host_id,"
    " for_host_id FROM enrolment_token WHERE token_hash = ?1";
constexpr std::string_view kMarkUsed =
    "UPDATE enrolment_token SET used_at = ?2, host_id = ?3 WHERE id = ?1 AND used_at IS NULL";
constexpr std::string_view kRemove = "DELETE FROM enrolment_token WHERE id = ?1 AND used_at IS NULL";

EnrolmentToken read_token(const store::Row& row) {
  EnrolmentToken token;
  token.id = EnrolmentId::parse(row.text(0)).value_or(EnrolmentId{});
  token.hash = row.blob(1);
  token.environment = EnvironmentId::parse(row.text(2)).value_or(EnvironmentId{});
  token.name = row.optional_text(3);
  token.created_at = wall_from_unix_ms(row.integer(4));
  token.created_by = row.text(5);
  token.expires_at = wall_from_unix_ms(row.integer(6));
  if (!row.is_null(7)) token.used_at = wall_from_unix_ms(row.integer(7));
  if (!row.is_null(8)) token.host = HostId::parse(row.text(8));
  if (!row.is_null(9)) token.for_host = HostId::parse(row.text(9));
  return token;
}

}  // namespace

void insert(store::Session& session, const EnrolmentToken& token) {
  std::optional<std::string> for_host;
  if (token.for_host) for_host = token.for_host->text();
  session.execute(
      kInsert, {token.id.text(), token.hash, token.environment.text(), token.name, unix_ms(token.created_at),
                token.created_by, unix_ms(token.expires_at), for_host});
}

std::optional<EnrolmentToken> find(store::Session& session, const EnrolmentId& id) {
  return session.query_one(kFind, {id.text()}, read_token);
}

std::optional<EnrolmentToken> find_by_hash(store::Session& session, std::span<const std::uint8_t> hash) {
  return session.query_one(kFindByHash, {hash}, read_token);
}

bool mark_used(store::Session& session, const EnrolmentId& id, const HostId& host, WallTime now) {
  return session.execute(kMarkUsed, {id.text(), unix_ms(now), host.text()}) == 1;
}

bool remove(store::Session& session, const EnrolmentId& id) {
  return session.execute(kRemove, {id.text()}) == 1;
}

store::OldRows expired_tokens() {
  return store::old_rows_by_time("enrolment_token", "id", "expires_at");
}

}  // namespace fettle::fleet::enrolment_repo
