// While no host was ever enrolled, a token for the agent of this very machine lies in the data folder,
// readable by its owner only: so `./dev up` needs no second step. Whoever can read it owns the server's data
// anyway.
#pragma once
#include <string>

#include "fettle/access/environments.h"
#include "fettle/fleet/fleet_service.h"
#include "fettle/io/files.h"

namespace fettle::app {

inline constexpr const char* kLocalEnrolmentFile = "local-enrolment-token";

/// Writes the file while the fleet is empty, removes it otherwise.
Task<Result<>> offer_local_enrolment(fleet::Fleet& fleet, const access::Environments& environments,
                                     io::Files& files, std::string path);

}  // namespace fettle::app
