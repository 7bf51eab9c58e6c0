#include "fettle/access/totp_repo.h"

namespace fettle::access::totp_repo {
namespace {

constexpr std::string_view kFind =
    "SELECT person_id, secret, created_at, confirmed_at, last_step FROM person_totp WHERE person_id = ?1";
constexpr std::string_view kBegin =
    "INSERT INTO person_totp (person_id, secret, created_at, confirmed_at, last_step) VALUES (?1, ?2, ?3, "
    "NULL, "
    "0)"
    " ON CONFLICT (person_id) DO UPDATE SET secret = excluded.secret, created_at = excluded.created_at,"
    " last_step = 0 WHERE confirmed_at IS NULL";
constexpr std::string_view kConfirm =
    "UPDATE person_totp SET confirmed_at = ?2 WHERE person_id = ?1 AND confirmed_at IS NULL";
constexpr std::string_view kUseStep =
    "UPDATE person_totp SET last_step = ?2 WHERE person_id = ?1 AND last_step < ?2";
constexpr std::string_view kRemove = "DELETE FROM person_totp WHERE person_id = ?1";
constexpr std::string_view kRemoveCodes = "DELETE FROM recovery_code WHERE person_id = ?1";
constexpr std::string_view kInsertCode = "INSERT INTO recovery_code (person_id, code_hash) VALUES (?1, ?2)";
constexpr std::string_view kUseCode = "DELETE FROM recovery_code WHERE person_id = ?1 AND code_hash = ?2";
constexpr std::string_view kCountCodes = "SELECT count(*) FROM recovery_code WHERE person_id = ?1";

}  // namespace

std::optional<PersonTotp> find(store::Session& session, const PersonId& person) {
  return session.query_one(kFind, {person.text()}, [](const store::Row& row) {
    PersonTotp totp;
    totp.person = PersonId::parse(row.text(0)).value_or(PersonId{});
    totp.sealed_secret = row.blob(1);
    totp.created_at = wall_from_unix_ms(row.integer(2));
    if (!row.is_null(3)) totp.confirmed_at = wall_from_unix_ms(row.integer(3));
    totp.last_step = row.integer(4);
    return totp;
  });
}

bool begin(store::Session& session, const PersonTotp& totp) {
  return session.execute(kBegin, {totp.person.text(), std::span<const std::uint8_t>(totp.sealed_secret),
                                  unix_ms(totp.created_at)}) > 0;
}

bool confirm(store::Session& session, const PersonId& person, WallTime at) {
  return session.execute(kConfirm, {person.text(), unix_ms(at)}) > 0;
}

bool use_step(store::Session& session, const PersonId& person, std::int64_t step) {
  return session.execute(kUseStep, {person.text(), step}) > 0;
}

bool remove(store::Session& session, const PersonId& person) {
  session.execute(kRemoveCodes, {person.text()});
  return session.execute(kRemove, {person.text()}) > 0;
}

void replace_recovery_codes(store::Session& session, const PersonId& person,
                            const std::vector<Hash256>& hashes) {
  session.execute(kRemoveCodes, {person.text()});
  for (const Hash256& hash : hashes) {
    session.execute(kInsertCode, {person.text(), std::span<const std::uint8_t>(hash)});
  }
}

bool use_recovery_code(store::Session& session, const PersonId& person, const Hash256& hash) {
  return session.execute(kUseCode, {person.text(), std::span<const std::uint8_t>(hash)}) > 0;
}

std::int64_t count_recovery_codes(store::Session& session, const PersonId& person) {
  return session.query_one(kCountCodes, {person.text()}, [](const store::Row& row) { return row.integer(0); })
      .value_or(0);
}

std::int64_t count(store::Session& session) {
  std::int64_t found = 0;
  session.query("SELECT count(*) FROM sqlite_schema WHERE name = 'person_totp'", {},
                [&found](const store::Row& row) { found = row.integer(0); });
  if (found == 0) return 0;
  session.query("SELECT count(*) FROM person_totp", {},
                [&found](const store::Row& row) { found = row.integer(0); });
  return found;
}

}  // namespace fettle::access::totp_repo
