// What the fleet keeps in an environment, for whoever wants to remove one (access: EnvironmentUser).
#pragma once
#include "fettle/base/id.h"
#include "fettle/store/session.h"

namespace fettle::fleet {

std::int64_t count_hosts_in(store::Session& session, const EnvironmentId& environment);
/// Its enrolment tokens, used or not.
void forget_environment(store::Session& session, const EnvironmentId& environment);

}  // namespace fettle::fleet
