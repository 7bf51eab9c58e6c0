#include "fettle/fleet/fleet_schema.h"

namespace fettle::fleet {

std::string_view fleet_schema_sql() {
  // AUTOINCREMENT: the number of a removed host is never given to another one, because the journal knows
  // hosts by it.
  return R"sql(
CREATE TABLE host (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  environment_id TEXT NOT NULL REFERENCES environment(id),
  name TEXT NOT NULL,
  public_key BLOB NOT NULL,
  enrolled_at INTEGER NOT NULL,
  labels TEXT NOT NULL DEFAULT '{}',
  inventory TEXT,
  agent_version TEXT,
  protocol_major INTEGER NOT NULL DEFAULT 0,
  protocol_minor INTEGER NOT NULL DEFAULT 0,
  agent_started_at INTEGER NOT NULL DEFAULT 0,
  address TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL,
  state_since INTEGER NOT NULL,
  state_reason TEXT NOT NULL DEFAULT '',
  last_seen_at INTEGER,
  clock_skewed INTEGER NOT NULL DEFAULT 0,
  UNIQUE (environment_id, name)
) STRICT;

CREATE TABLE enrolment_token (
  id TEXT PRIMARY KEY,
  token_hash BLOB NOT NULL UNIQUE,
  environment_id TEXT NOT NULL REFERENCES environment(id),
  name TEXT,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER,
  host_id TEXT
) STRICT;
)sql";
}

std::string_view watch_schema_sql() {
  // Empty texts instead of nulls, so that the scope of a threshold can be unique.
  return R"sql(
CREATE TABLE threshold (
  id TEXT PRIMARY KEY,
  environment_id TEXT NOT NULL,
  host_id TEXT NOT NULL DEFAULT '',
  label TEXT NOT NULL DEFAULT '',
  target TEXT NOT NULL DEFAULT '',
  kind TEXT NOT NULL,
  warning REAL,
  error REAL,
  hold_seconds INTEGER,
  is_watched INTEGER,
  changed_at INTEGER NOT NULL,
  changed_by TEXT NOT NULL,
  version INTEGER NOT NULL,
  UNIQUE (environment_id, host_id, label, target, kind)
) STRICT;
CREATE INDEX threshold_by_host ON threshold(host_id);

CREATE TABLE host_state (
  host_number INTEGER NOT NULL,
  at INTEGER NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (host_number, at)
) STRICT, WITHOUT ROWID;
INSERT INTO host_state (host_number, at, state, reason)
  SELECT number, state_since, state, state_reason FROM host;

CREATE TABLE server_life (
  started_at INTEGER PRIMARY KEY,
  alive_at INTEGER NOT NULL
) STRICT;
CREATE INDEX server_life_by_end ON server_life(alive_at);
)sql";
}

std::string_view fleet_care_schema_sql() {
  return R"sql(
ALTER TABLE host ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
ALTER TABLE host ADD COLUMN locked_at INTEGER;
ALTER TABLE host ADD COLUMN refusal TEXT;
ALTER TABLE host ADD COLUMN key_changed_at INTEGER;
ALTER TABLE enrolment_token ADD COLUMN for_host_id TEXT;
)sql";
}

}  // namespace fettle::fleet
