// The tables of runs: migration 8; indexes by which lists and upkeep walk them: migration 13.
#pragma once
#include <string_view>

namespace fettle::runs {

std::string_view runs_schema_sql();
std::string_view run_walks_schema_sql();
std::string_view step_deadlines_schema_sql();
std::string_view run_requests_schema_sql();

}  // namespace fettle::runs
