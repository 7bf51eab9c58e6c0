#include "fettle/access/admin_reset.h"

#include "fettle/access/audit_repo.h"
#include "fettle/access/invitation_repo.h"
#include "fettle/access/person_repo.h"
#include "fettle/access/session_repo.h"
#include "fettle/access/totp_repo.h"

namespace fettle::access {
namespace {

constexpr std::int64_t kNamesTold = 20;

std::unexpected<Error> nobody_of_that_name(store::Session& session, const std::string& name) {
  std::string there;
  for (const PersonOverview& one : person_repo::list(session, "", kNamesTold)) {
    there += there.empty() ? "" : ", ";
    there += one.person.name;
  }
  return fail(ErrorCode::not_found, "person_not_found",
              "There is nobody of the name " + name + "." + (there.empty() ? "" : " There is: " + there));
}

}  // namespace

Result<Person> reset_administrator(store::Session& session, const AdminReset& reset) {
  auto person = person_repo::find_by_name(session, reset.name);
  if (!person) return nobody_of_that_name(session, reset.name);
  person->server_administrator = true;
  person->is_disabled = false;
  person->password_hash = reset.password_hash;
  person_repo::update(session, *person);
  person_repo::set_password(session, person->id, reset.password_hash, reset.now);
  totp_repo::remove(session, person->id);
  invitation_repo::remove(session, person->id);
  for (const LoginSession& login : session_repo::of_person(session, person->id)) {
    session_repo::remove(session, login.id);
  }
  const Actor actor{"server", {}, "fettle admin reset", {}};
  audit_repo::append(session, {reset.now, actor, "person.reset", person->id.text(), person->name});
  return *person;
}

}  // namespace fettle::access
