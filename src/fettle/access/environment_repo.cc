#include "fettle/access/environment_repo.h"

namespace fettle::access::environment_repo {
namespace {

constexpr std::string_view kList =
    "SELECT id, name, created_at, version, removing_at FROM environment ORDER BY lower(name)";
constexpr std::string_view kBeginRemoval = "UPDATE environment SET removing_at = ?2 WHERE id = ?1";
constexpr std::string_view kEndRemoval = "UPDATE environment SET removing_at = NULL WHERE id = ?1";
constexpr std::string_view kNextRemoval =
    "SELECT id, name, created_at, version, removing_at FROM environment WHERE removing_at IS NOT NULL"
    " ORDER BY removing_at LIMIT 1";
constexpr std::string_view kFind =
    "SELECT id, name, created_at, version, removing_at FROM environment WHERE id = ?1";
constexpr std::string_view kFindByName =
    "SELECT id, name, created_at, version, removing_at FROM environment WHERE lower(name) = lower(?1)";
constexpr std::string_view kInsert = "INSERT INTO environment (id, name, created_at) VALUES (?1, ?2, ?3)";
constexpr std::string_view kRename = "UPDATE environment SET name = ?2, version = version + 1 WHERE id = ?1";
constexpr std::string_view kRemoveRoles = "DELETE FROM person_role WHERE environment_id = ?1";
constexpr std::string_view kRemove = "DELETE FROM environment WHERE id = ?1";
constexpr std::string_view kPeople = "SELECT count(*) FROM person_role WHERE environment_id = ?1";
constexpr std::string_view kTokens = "SELECT id FROM api_token WHERE environment_id = ?1";

EnvironmentRow read_row(const store::Row& row) {
  EnvironmentRow out{EnvironmentId::parse(row.text(0)).value_or(EnvironmentId{}), row.text(1),
                     wall_from_unix_ms(row.integer(2)), row.integer(3)};
  if (const auto since = row.optional_integer(4)) out.removing_since = wall_from_unix_ms(*since);
  return out;
}

}  // namespace

std::vector<EnvironmentRow> list(store::Session& session) {
  return session.query_all(kList, {}, read_row);
}

std::optional<EnvironmentRow> find(store::Session& session, const EnvironmentId& id) {
  return session.query_one(kFind, {id.text()}, read_row);
}

std::optional<EnvironmentRow> find_by_name(store::Session& session, std::string_view name) {
  return session.query_one(kFindByName, {name}, read_row);
}

void insert(store::Session& session, const EnvironmentRow& row) {
  session.execute(kInsert, {row.id.text(), row.name, unix_ms(row.created_at)});
}

void rename(store::Session& session, const EnvironmentId& id, std::string_view name) {
  session.execute(kRename, {id.text(), name});
}

void begin_removal(store::Session& session, const EnvironmentId& id, WallTime at) {
  session.execute(kRemoveRoles, {id.text()});
  session.execute(kBeginRemoval, {id.text(), unix_ms(at)});
}

void end_removal(store::Session& session, const EnvironmentId& id) {
  session.execute(kEndRemoval, {id.text()});
}

std::optional<EnvironmentRow> next_removal(store::Session& session) {
  return session.query_one(kNextRemoval, {}, read_row);
}

void remove(store::Session& session, const EnvironmentId& id) {
  session.execute(kRemove, {id.text()});
}

std::int64_t count_people(store::Session& session, const EnvironmentId& id) {
  return session.query_one(kPeople, {id.text()}, [](const store::Row& row) { return row.integer(0); })
      .value_or(0);
}

std::vector<TokenId> tokens_of(store::Session& session, const EnvironmentId& id) {
  return session.query_all(kTokens, {id.text()}, [](const store::Row& row) {
    return TokenId::parse(row.text(0)).value_or(TokenId{});
  });
}

}  // namespace fettle::access::environment_repo
