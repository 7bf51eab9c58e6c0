#include "fettle/runs/run_json.h"

#include "fettle/base/json_codec.h"

namespace fettle::runs {

std::string counters_json(const Counters& counters) {
  return to_json(counters);
}

Result<Counters> parse_counters(std::string_view json) {
  return from_json<Counters>(json, "");
}

}  // namespace fettle::runs

FETTLE_JSON(fettle::runs::Counters)
