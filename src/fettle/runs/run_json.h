// Counters and fields as they stand in the database.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "fettle/base/result.h"
#include "fettle/runs/run.h"

namespace fettle::runs {

std::string counters_json(const Counters& counters);
Result<Counters> parse_counters(std::string_view json);

}  // namespace fettle::runs
