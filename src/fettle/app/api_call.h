// One request to a server's API from the command line, with a loop of its own. Blocks.
#pragma once
#include "fettle/base/result.h"
#include "fettle/cli/actions.h"

namespace fettle::app {

Result<cli::ApiAnswer> call_api(const cli::ApiRequest& request);

}  // namespace fettle::app
