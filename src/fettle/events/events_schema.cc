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

std::string_view conditions_schema_sql() {
  return R"sql(
CREATE INDEX event_by_time ON event(at);

CREATE TABLE condition (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  source_id TEXT NOT NULL,
  target TEXT NOT NULL,
  environment_id TEXT NOT NULL,
  source_kind TEXT NOT NULL,
  source_name TEXT NOT NULL,
  severity TEXT NOT NULL,
  title TEXT NOT NULL,
  message TEXT NOT NULL,
  fields TEXT NOT NULL,
  opened_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  worsened_at INTEGER,
  closed_at INTEGER,
  close_reason TEXT NOT NULL DEFAULT '',
  own_events INTEGER NOT NULL DEFAULT 0,
  acknowledged_at INTEGER,
  acknowledged_until INTEGER,
  acknowledged_by_id TEXT,
  acknowledged_by_name TEXT,
  acknowledged_note TEXT
) STRICT;
CREATE UNIQUE INDEX condition_open ON condition(kind, source_id, target) WHERE closed_at IS NULL;
CREATE INDEX condition_by_environment ON condition(environment_id, sequence);
CREATE INDEX condition_by_source ON condition(source_id, sequence);
CREATE INDEX condition_by_end ON condition(closed_at) WHERE closed_at IS NOT NULL;

CREATE TABLE silence (
  id TEXT PRIMARY KEY,
  environment_id TEXT NOT NULL,
  source_id TEXT,
  label TEXT,
  kind TEXT,
  reason TEXT NOT NULL,
  by_id TEXT NOT NULL,
  by_name TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  until INTEGER NOT NULL
) STRICT;
CREATE INDEX silence_by_end ON silence(until);
)sql";
}

std::string_view event_errors_schema_sql() {
  // Errors are few: what a start counts is read from the index alone, however many events there are.
  return R"sql(
CREATE INDEX event_errors ON event(at, environment_id) WHERE severity = 'error';
)sql";
}

}  // namespace fettle::events
