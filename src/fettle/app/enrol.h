// `fettle enroll`: makes the agent's key, shows the token to the server, keeps the answer.
#pragma once
#include "fettle/base/result.h"
#include "fettle/cli/actions.h"

namespace fettle::app {

Result<cli::EnrolDone> enrol(const cli::EnrolOptions& options);

/// Lays a new key beside the identity; one that is there already stays, since the server may have it by now.
Result<cli::KeyChangeBegun> begin_key_change(const std::string& data_folder);

}  // namespace fettle::app
