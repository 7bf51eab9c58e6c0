// The tables of this module as one migration. Times are milliseconds since the epoch.
#pragma once
#include <string_view>

namespace fettle::fleet {

std::string_view fleet_schema_sql();
/// Thresholds, the states that hosts had, and when the server ran.
std::string_view watch_schema_sql();
/// What the care of hosts added: revisions, locks, refusals, tokens that are bound to a host.
std::string_view fleet_care_schema_sql();

}  // namespace fettle::fleet
