// The tables of schedules as one migration. Due times are seconds since the epoch, other times milliseconds.
#pragma once
#include <string_view>

namespace fettle::runs {

std::string_view schedules_schema_sql();
std::string_view ledger_walk_schema_sql();  // migration 14

}  // namespace fettle::runs
