// Where a database may lie. A write-ahead log needs memory shared between connections and locks that hold:
// network file systems have neither. Source: sqlite.org/wal.html, "does not work over a network filesystem".
#pragma once
#include <cstdint>
#include <string>

#include "fettle/base/result.h"

namespace fettle::store {

/// `kind` is statfs(2)'s f_type.
bool is_network_file_system(std::uint64_t kind);
/// `conflict` "store_on_network" when the folder lies on one. A folder that cannot be asked about passes.
Result<> check_location(const std::string& folder);

}  // namespace fettle::store
