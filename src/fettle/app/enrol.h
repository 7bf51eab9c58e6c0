// `fettle enroll`: makes the agent's key, shows the token to the server, keeps the answer.
#pragma once
#include "fettle/base/result.h"
#include "fettle/cli/actions.h"

namespace fettle::app {

Result<cli::EnrolDone> enrol(const cli::EnrolOptions& options);

}  // namespace fettle::app
