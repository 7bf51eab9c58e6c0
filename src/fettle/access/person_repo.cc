#include "fettle/access/person_repo.h"

#include "fettle/access/password_rules.h"

namespace fettle::access::person_repo {
namespace {

constexpr std::string_view kAny = "SELECT 1 FROM person LIMIT 1";
constexpr std::string_view kInsert =
    "INSERT INTO person (id, name, name_key, password_hash, server_administrator, created_at)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
constexpr std::string_view kFindByName =
    "SELECT id, name, password_hash, server_administrator, created_at FROM person WHERE name_key = ?1";
constexpr std::string_view kFind =
    "SELECT id, name, password_hash, server_administrator, created_at FROM person WHERE id = ?1";
constexpr std::string_view kRenewAdministrator =
    "UPDATE person SET password_hash = ?2, server_administrator = 1 WHERE id = ?1";
constexpr std::string_view kRemoveRole =
    "DELETE FROM person_role WHERE person_id = ?1 AND environment_id = ?2";
constexpr std::string_view kSetRole =
    "INSERT INTO person_role (person_id, environment_id, role_name)"
    " SELECT p.id, e.id, r.name FROM person p, environment e, role r WHERE p.id = ?1 AND e.id = ?2 AND "
    "r.name = ?3"
    " ON CONFLICT (person_id, environment_id) DO UPDATE SET role_name = excluded.role_name";
constexpr std::string_view kGrants =
    "SELECT e.id, e.name, r.name, r.permissions FROM person_role g JOIN environment e ON e.id = "
    "g.environment_id"
    " JOIN role r ON r.name = g.role_name WHERE g.person_id = ?1 ORDER BY e.id";

Person read_person(const store::Row& row) {
  Person person;
  person.id = PersonId::parse(row.text(0)).value_or(PersonId{});
  person.name = row.text(1);
  person.password_hash = row.text(2);
  person.server_administrator = row.integer(3) != 0;
  person.created_at = wall_from_unix_ms(row.integer(4));
  return person;
}

Grant read_grant(const store::Row& row) {
  return {EnvironmentId::parse(row.text(0)).value_or(EnvironmentId{}), row.text(1), row.text(2),
          parse_permissions(row.text(3))};
}

}  // namespace

bool is_any(store::Session& session) {
  return session.query_one(kAny, {}, [](const store::Row&) { return true; }).has_value();
}

void insert(store::Session& session, const Person& person) {
  session.execute(kInsert, {person.id.text(), person.name, name_key(person.name), person.password_hash,
                            person.server_administrator, unix_ms(person.created_at)});
}

void renew_administrator(store::Session& session, const PersonId& id, std::string_view password_hash) {
  session.execute(kRenewAdministrator, {id.text(), password_hash});
}

std::optional<Person> find_by_name(store::Session& session, std::string_view name) {
  return session.query_one(kFindByName, {name_key(name)}, read_person);
}

std::optional<Person> find(store::Session& session, const PersonId& id) {
  return session.query_one(kFind, {id.text()}, read_person);
}

bool set_role(store::Session& session, const PersonId& person, const EnvironmentId& environment,
              std::optional<std::string_view> role) {
  if (!role) return session.execute(kRemoveRole, {person.text(), environment.text()}) > 0;
  return session.execute(kSetRole, {person.text(), environment.text(), *role}) > 0;
}

std::optional<PersonAccess> load_access(store::Session& session, const PersonId& id) {
  const auto person = find(session, id);
  if (!person) return std::nullopt;
  return PersonAccess{person->id, person->name, person->server_administrator,
                      session.query_all(kGrants, {id.text()}, read_grant)};
}

}  // namespace fettle::access::person_repo
