#include "fettle/access/person_repo.h"

#include "fettle/access/password_rules.h"

namespace fettle::access::person_repo {
namespace {

constexpr std::string_view kAny = "SELECT 1 FROM person LIMIT 1";
constexpr std::string_view kInsert =
    "INSERT INTO person (id, name, name_key, password_hash, server_administrator, created_at)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
constexpr std::string_view kFindByName =
    "SELECT id, name, password_hash, server_administrator, created_at, disabled, version, "
    "password_changed_at,"
    " last_login_at FROM person WHERE name_key = ?1";
constexpr std::string_view kFind =
    "SELECT id, name, password_hash, server_administrator, created_at, disabled, version, "
    "password_changed_at,"
    " last_login_at FROM person WHERE id = ?1";
constexpr std::string_view kList =
    "SELECT id, name, password_hash, server_administrator, created_at, disabled, version, "
    "password_changed_at,"
    " last_login_at FROM person WHERE name_key > ?1 ORDER BY name_key LIMIT ?2";
constexpr std::string_view kAround =
    "SELECT EXISTS (SELECT 1 FROM person_totp t WHERE t.person_id = ?1 AND t.confirmed_at IS NOT NULL),"
    " (SELECT count(*) FROM api_token a WHERE a.person_id = ?1),"
    " (SELECT max(last_used_at) FROM login_session s WHERE s.person_id = ?1),"
    " (SELECT expires_at FROM invitation i WHERE i.person_id = ?1)";
constexpr std::string_view kAdministrators =
    "SELECT count(*) FROM person WHERE server_administrator = 1 AND disabled = 0 AND password_hash <> ''";
constexpr std::string_view kPeopleIn = "SELECT person_id FROM person_role WHERE environment_id = ?1";
constexpr std::string_view kUpdate =
    "UPDATE person SET name = ?2, name_key = ?3, server_administrator = ?4, disabled = ?5, version = version "
    "+ 1"
    " WHERE id = ?1";
constexpr std::string_view kSetPassword =
    "UPDATE person SET password_hash = ?2, password_changed_at = ?3 WHERE id = ?1";
constexpr std::string_view kRecordLogin = "UPDATE person SET last_login_at = ?2 WHERE id = ?1";
constexpr std::string_view kRemove = "DELETE FROM person WHERE id = ?1";
constexpr std::string_view kRemoveRole =
    "DELETE FROM person_role WHERE person_id = ?1 AND environment_id = ?2";
constexpr std::string_view kSetRole =
    "INSERT INTO person_role (person_id, environment_id, role_name)"
    " SELECT p.id, e.id, r.name FROM person p, environment e, role r WHERE p.id = ?1 AND e.id = ?2 AND "
    "r.name = ?3 AND e.removing_at IS NULL"
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
  person.is_disabled = row.integer(5) != 0;
  person.version = row.integer(6);
  if (!row.is_null(7)) person.password_changed_at = wall_from_unix_ms(row.integer(7));
  if (!row.is_null(8)) person.last_login_at = wall_from_unix_ms(row.integer(8));
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

std::vector<Grant> grants_of(store::Session& session, const PersonId& id) {
  return session.query_all(kGrants, {id.text()}, read_grant);
}

std::vector<PersonId> people_in(store::Session& session, const EnvironmentId& environment) {
  return session.query_all(kPeopleIn, {environment.text()}, [](const store::Row& row) {
    return PersonId::parse(row.text(0)).value_or(PersonId{});
  });
}

std::optional<PersonAccess> load_access(store::Session& session, const PersonId& id) {
  const auto person = find(session, id);
  if (!person || person->is_disabled) return std::nullopt;
  return PersonAccess{person->id, person->name, person->server_administrator, grants_of(session, id)};
}

std::int64_t count_administrators(store::Session& session) {
  return session.query_one(kAdministrators, {}, [](const store::Row& row) { return row.integer(0); })
      .value_or(0);
}

namespace {

PersonOverview complete(store::Session& session, Person person) {
  PersonOverview out;
  const std::string id = person.id.text();
  out.grants = grants_of(session, person.id);
  out.person = std::move(person);
  session.query(kAround, {id}, [&](const store::Row& row) {
    out.has_totp = row.integer(0) != 0;
    out.tokens = row.integer(1);
    if (!row.is_null(2)) out.last_used_at = wall_from_unix_ms(row.integer(2));
    if (!row.is_null(3)) out.invitation_ends_at = wall_from_unix_ms(row.integer(3));
  });
  return out;
}

}  // namespace

std::vector<PersonOverview> list(store::Session& session, std::string_view after, std::int64_t limit) {
  std::vector<PersonOverview> out;
  for (Person& person : session.query_all(kList, {after, limit}, read_person)) {
    out.push_back(complete(session, std::move(person)));
  }
  return out;
}

std::optional<PersonOverview> overview(store::Session& session, const PersonId& id) {
  auto person = find(session, id);
  if (!person) return std::nullopt;
  return complete(session, std::move(*person));
}

void update(store::Session& session, const Person& person) {
  session.execute(kUpdate, {person.id.text(), person.name, name_key(person.name), person.server_administrator,
                            person.is_disabled});
}

void set_password(store::Session& session, const PersonId& id, const std::string& hash, WallTime at) {
  session.execute(kSetPassword, {id.text(), hash, unix_ms(at)});
}

void record_login(store::Session& session, const PersonId& id, WallTime at) {
  session.execute(kRecordLogin, {id.text(), unix_ms(at)});
}

bool remove(store::Session& session, const PersonId& id) {
  return session.execute(kRemove, {id.text()}) > 0;
}

}  // namespace fettle::access::person_repo
