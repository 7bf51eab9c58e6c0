// The settings that every connection has, the pooled and the new: set, then read back.
#pragma once
#include "fettle/store/sqlite/connection.h"

namespace fettle::store {

/// Throws DatabaseError when the database refuses one or reads back something else.
void apply_pragmas(Connection& connection, Role role);

}  // namespace fettle::store
