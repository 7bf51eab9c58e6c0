// The tables of this module as one migration. Times are milliseconds since the epoch; ids are their text.
#pragma once
#include <string_view>

namespace fettle::events {

std::string_view events_schema_sql();

}  // namespace fettle::events
