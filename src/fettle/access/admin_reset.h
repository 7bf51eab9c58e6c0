// The way back for people who are locked out, for a command on the server's own machine while the server is
// stopped: whoever can write its data is its master anyway.
#pragma once
#include <string>

#include "fettle/access/person.h"
#include "fettle/base/result.h"
#include "fettle/store/session.h"

namespace fettle::access {

struct AdminReset {
  std::string name;           // of a person who is there; upper and lower case count as one
  std::string password_hash;  // hash_password of what check_password let through
  WallTime now;
};

/// Inside a write: sets the password, takes the second factor and open invitations away, enables the person,
/// makes a server administrator of them, ends their sessions; with an audit entry. `not_found` names who is
/// there.
Result<Person> reset_administrator(store::Session& session, const AdminReset& reset);

}  // namespace fettle::access
