// The tables of this module as one migration. Times are milliseconds since the epoch; ids are their text.
#pragma once
#include <string_view>

namespace fettle::events {

std::string_view events_schema_sql();
/// Conditions, silences, and the index by time that retention and time filters go by.
std::string_view conditions_schema_sql();
/// An index of the errors alone.
std::string_view event_errors_schema_sql();

}  // namespace fettle::events
