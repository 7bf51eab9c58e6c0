#include "fettle/events/events_schema.h"

namespace fettle::events {

std::string_view events_schema_sql() {
  // `sequence` is the order of commit, and never used again: lists go on from it whatever the clocks said.
  return R"sql(
CREATE TABLE event (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  at INTEGER NOT NULL,
  type TEXT NOT NULL,
  severity TEXT NOT NULL,
  environment_id TEXT NOT NULL,
  source_kind TEXT NOT NULL,
  source_id TEXT NOT NULL,
  source_name TEXT NOT NULL,
  message TEXT NOT NULL,
  fields TEXT NOT NULL
) STRICT;
CREATE INDEX event_by_environment ON event(environment_id, sequence);
CREATE INDEX event_by_source ON event(source_id, sequence);
)sql";
}

}  // namespace fettle::events
