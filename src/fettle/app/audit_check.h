// `fettle audit verify --data DIR`: the chain of a data folder, read from outside.
#pragma once
#include <string>

#include "fettle/base/result.h"
#include "fettle/cli/actions.h"

namespace fettle::app {

/// Blocks. A broken chain is an answer, not an error. Errors: those of store::read_offline.
Result<cli::AuditCheck> check_audit(const std::string& data_folder);

}  // namespace fettle::app
