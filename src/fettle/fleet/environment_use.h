// What the fleet keeps in an environment, for whoever wants to remove one (access: EnvironmentUser).
#pragma once
#include "fettle/base/id.h"
#include "fettle/io/clock.h"
#include "fettle/store/session.h"

namespace fettle::fleet {

std::int64_t count_hosts_in(store::Session& session, const EnvironmentId& environment);
/// Some of its enrolment tokens, used or not; true when none is left.
bool forget_environment(store::Session& session, const io::Clock& clock, const EnvironmentId& environment);

}  // namespace fettle::fleet
