// The tables of schedules as one migration. Due times are seconds since the epoch, other times milliseconds.
#pragma once
#include <string_view>

namespace fettle::runs {

std::string_view schedules_schema_sql();

}  // namespace fettle::runs
