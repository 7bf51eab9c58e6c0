// The tables of this module as one migration. Times are milliseconds since the epoch; ids are their text.
#pragma once
#include <string_view>

namespace fettle::access {

std::string_view access_schema_sql();

}  // namespace fettle::access
