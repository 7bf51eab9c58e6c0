#include "fettle/access/admin_reset.h"

#include "fettle/access/invitation_repo.h"
#include "fettle/access/person_repo.h"
#include "fettle/access/totp_repo.h"

namespace fettle::access {

void renew_administrator(store::Session& session, const PersonId& id, const std::string& password_hash,
                         WallTime now) {
  auto person = person_repo::find(session, id);
  if (!person) return;
  person->server_administrator = true;
  person->is_disabled = false;
  person_repo::update(session, *person);
  person_repo::set_password(session, id, password_hash, now);
  totp_repo::remove(session, id);
  invitation_repo::remove(session, id);
}

}  // namespace fettle::access
