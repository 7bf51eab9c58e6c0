#include "fettle/access/session_repo.h"

#include "fettle/access/stored_hash.h"

namespace fettle::access::session_repo {
namespace {

constexpr std::string_view kInsert =
    "INSERT INTO login_session (id, secret_hash, person_id, address, created_at, last_used_at, ends_at, "
    "browser)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
constexpr std::string_view kFindByHash =
    "SELECT id, secret_hash, person_id, address, created_at, last_used_at, ends_at, browser FROM "
    "login_session"
    " WHERE secret_hash = ?1";
constexpr std::string_view kFind =
    "SELECT id, secret_hash, person_id, address, created_at, last_used_at, ends_at, browser FROM "
    "login_session WHERE "
    "id = ?1";
constexpr std::string_view kOfPerson =
    "SELECT id, secret_hash, person_id, address, created_at, last_used_at, ends_at, browser FROM "
    "login_session"
    " WHERE person_id = ?1 ORDER BY created_at DESC, id DESC";
constexpr std::string_view kRemove = "DELETE FROM login_session WHERE id = ?1";
constexpr std::string_view kRecordUse =
    "UPDATE login_session SET last_used_at = ?2 WHERE id = ?1 AND last_used_at < ?2";

LoginSession read_session(const store::Row& row) {
  LoginSession login;
  login.id = SessionId::parse(row.text(0)).value_or(SessionId{});
  login.secret_hash = read_hash(row.blob(1));
  login.person = PersonId::parse(row.text(2)).value_or(PersonId{});
  login.address = row.text(3);
  login.created_at = wall_from_unix_ms(row.integer(4));
  login.last_used_at = wall_from_unix_ms(row.integer(5));
  login.ends_at = wall_from_unix_ms(row.integer(6));
  login.browser = row.text(7);
  return login;
}

}  // namespace

void insert(store::Session& session, const LoginSession& login) {
  session.execute(kInsert, {login.id.text(), std::span<const std::uint8_t>(login.secret_hash),
                            login.person.text(), login.address, unix_ms(login.created_at),
                            unix_ms(login.last_used_at), unix_ms(login.ends_at), login.browser});
}

std::optional<LoginSession> find_by_hash(store::Session& session, const Hash256& hash) {
  return session.query_one(kFindByHash, {std::span<const std::uint8_t>(hash)}, read_session);
}

std::optional<LoginSession> find(store::Session& session, const SessionId& id) {
  return session.query_one(kFind, {id.text()}, read_session);
}

std::vector<LoginSession> of_person(store::Session& session, const PersonId& person) {
  return session.query_all(kOfPerson, {person.text()}, read_session);
}

bool remove(store::Session& session, const SessionId& id) {
  return session.execute(kRemove, {id.text()}) > 0;
}

std::vector<SessionId> remove_oldest(store::Session& session, const PersonId& person, std::int64_t keep) {
  std::vector<SessionId> gone;
  const std::vector<LoginSession> all = of_person(session, person);
  for (std::size_t i = static_cast<std::size_t>(keep); i < all.size(); ++i) {
    remove(session, all[i].id);
    gone.push_back(all[i].id);
  }
  return gone;
}

store::OldRows ended_sessions(Seconds idle) {
  const std::string end = "min(ends_at, last_used_at + " + std::to_string(Millis(idle).count()) + ")";
  return store::old_rows_by_time("login_session", "id", end);
}

void record_use(store::Session& session, const SessionId& id, WallTime at) {
  session.execute(kRecordUse, {id.text(), unix_ms(at)});
}

}  // namespace fettle::access::session_repo
