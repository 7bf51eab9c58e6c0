// While no host was ever enrolled, a token for the agent of this very machine lies in the data folder,
// readable by its owner only: so `./dev up` needs no second step. Whoever can read it owns the server's data
// anyway.
#pragma once
#include <optional>
#include <string>

#include "fettle/access/environments.h"
#include "fettle/base/secret.h"
#include "fettle/fleet/fleet_service.h"
#include "fettle/io/files.h"

namespace fettle::app {

inline constexpr const char* kLocalEnrolmentFile = "local-enrolment-token";

/// The text of such a token while the fleet is empty; without one the file has no use any more.
Task<Result<std::optional<Secret<std::string>>>> make_local_enrolment(
    fleet::Fleet& fleet, const access::Environments& environments);

/// Writes the file, or removes it. Blocks.
Result<> keep_local_enrolment(io::Files& files, const std::string& path,
                              const std::optional<Secret<std::string>>& token);

}  // namespace fettle::app
