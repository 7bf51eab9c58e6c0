#include "fettle/upkeep/upkeep_schema.h"

namespace fettle::upkeep {

std::string_view upkeep_schema_sql() {
  // `last_run` is the newest run that is counted, so that each is counted once.
  return R"sql(
CREATE TABLE upkeep_total (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  runs INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL,
  counters TEXT NOT NULL,
  last_run TEXT NOT NULL
) STRICT;
INSERT INTO upkeep_total (id, runs, failed, duration_ms, counters, last_run) VALUES (1, 0, 0, 0, '{}', '');
)sql";
}

std::string_view clock_trust_schema_sql() {
  // One row, once there was a look at the clock; times in milliseconds since 1970.
  return R"sql(
CREATE TABLE clock_trust (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  known_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  doubted_since INTEGER
) STRICT;
)sql";
}

}  // namespace fettle::upkeep
