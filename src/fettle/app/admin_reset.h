// `fettle admin reset`: for a forgotten password or an administrator who is gone. On the data folder of a
// stopped server; leaves a one-time link for a new administrator, and an audit entry. Blocks.
#pragma once
#include "fettle/base/result.h"
#include "fettle/cli/options.h"

namespace fettle::app {

/// The link. Errors: `conflict` ("data_in_use", with the holder), `not_found` ("no_database": no server ever
/// ran there), `conflict` ("not_set_up": there is nobody yet, the server's own link is open).
Result<std::string> admin_reset(const cli::AdminResetOptions& options);

}  // namespace fettle::app
