// Looks into the certificate files of a configuration, for `fettle config check`.
#pragma once
#include <vector>

#include "fettle/cli/config.h"
#include "fettle/cli/surroundings.h"

namespace fettle::cli {

/// Files that are missing, cannot be read, do not belong together, or whose time has not come or is over.
std::vector<ConfigProblem> check_certificate_files(const Config& config, const Surroundings& surroundings);

}  // namespace fettle::cli
