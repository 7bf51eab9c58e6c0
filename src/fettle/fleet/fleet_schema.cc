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
