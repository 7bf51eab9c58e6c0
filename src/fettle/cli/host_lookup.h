// Hosts as people name them.
#pragma once
#include <string>

#include "fettle/cli/api_client.h"

namespace fettle::cli {

/// The id of a host that was named by id or by a name that only one has. Errors: `not_found`,
/// `unprocessable`.
Result<std::string> host_id_of(const std::string& host, const ApiClient& client);

}  // namespace fettle::cli
