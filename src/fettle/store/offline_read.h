// A look into a database file from outside: one snapshot, whether a server runs on it or not, and nothing is
// changed. Blocks; for commands.
#pragma once
#include <functional>
#include <string>

#include "fettle/base/result.h"
#include "fettle/store/session.h"

namespace fettle::store {

/// Errors: `not_found` when there is no such file, `io`, `corrupt`, `unavailable` (busy), what `function`
/// throws as DatabaseError as of Store::read.
Result<> read_offline(const std::string& path, const std::function<void(Session&)>& function);

}  // namespace fettle::store
