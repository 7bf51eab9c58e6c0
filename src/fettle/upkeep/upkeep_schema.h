// What upkeep keeps of itself: totals over the lifetime of the data.
#pragma once
#include <string_view>

namespace fettle::upkeep {

std::string_view upkeep_schema_sql();
std::string_view clock_trust_schema_sql();

}  // namespace fettle::upkeep
