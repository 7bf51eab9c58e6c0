// One request to a server's API from the command line, with a loop of its own. Blocks.
#pragma once
#include "fettle/base/result.h"
#include "fettle/cli/actions.h"

namespace fettle::app {

Result<cli::ApiAnswer> call_api(const cli::ApiRequest& request);
/// As of cli::Actions::stream_api.
Result<cli::ApiAnswer> stream_api(const cli::ApiRequest& request,
                                  const std::function<bool(std::string_view)>& on_bytes);

/// As of cli::Actions::pause.
bool pause(Millis length);

}  // namespace fettle::app
