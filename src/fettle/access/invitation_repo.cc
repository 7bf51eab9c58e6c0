#include "fettle/access/invitation_repo.h"

#include "fettle/access/stored_hash.h"

namespace fettle::access::invitation_repo {
namespace {

constexpr std::string_view kPut =
    "INSERT INTO invitation (person_id, token_hash, created_at, created_by, expires_at)"
    " VALUES (?1, ?2, ?3, ?4, ?5)"
    " ON CONFLICT (person_id) DO UPDATE SET token_hash = excluded.token_hash, created_at = "
    "excluded.created_at,"
    " created_by = excluded.created_by, expires_at = excluded.expires_at";
constexpr std::string_view kFindByHash =
    "SELECT person_id, token_hash, created_at, created_by, expires_at FROM invitation WHERE token_hash = ?1";
constexpr std::string_view kRemove = "DELETE FROM invitation WHERE person_id = ?1";

}  // namespace

void put(store::Session& session, const Invitation& invitation) {
  session.execute(kPut,
                  {invitation.person.text(), std::span<const std::uint8_t>(invitation.token_hash),
                   unix_ms(invitation.created_at), invitation.created_by, unix_ms(invitation.expires_at)});
}

std::optional<Invitation> find_by_hash(store::Session& session, const Hash256& hash) {
  return session.query_one(kFindByHash, {std::span<const std::uint8_t>(hash)}, [](const store::Row& row) {
    return Invitation{PersonId::parse(row.text(0)).value_or(PersonId{}), read_hash(row.blob(1)),
                      wall_from_unix_ms(row.integer(2)), row.text(3), wall_from_unix_ms(row.integer(4))};
  });
}

bool remove(store::Session& session, const PersonId& person) {
  return session.execute(kRemove, {person.text()}) > 0;
}

store::OldRows expired_invitations() {
  return store::old_rows_by_time("invitation", "person_id", "expires_at");
}

}  // namespace fettle::access::invitation_repo
