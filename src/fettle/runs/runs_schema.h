// The tables of runs: migration 8.
#pragma once
#include <string_view>

namespace fettle::runs {

std::string_view runs_schema_sql();

}  // namespace fettle::runs
