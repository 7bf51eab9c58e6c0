#include "fettle/runs/runs_schema.h"

namespace fettle::runs {

std::string_view runs_schema_sql() {
  // `run_lock` is the lock of each target: the database itself refuses a second live holder. `reported` is
  // the highest report of the agent that has been applied in this epoch.
  return R"sql(
CREATE TABLE run (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  environment_id TEXT NOT NULL,
  plan TEXT NOT NULL,
  title TEXT NOT NULL,
  target_kind TEXT NOT NULL,
  target_id TEXT NOT NULL,
  target_name TEXT NOT NULL,
  host_id TEXT,
  state TEXT NOT NULL,
  is_live INTEGER NOT NULL,
  holds_lock INTEGER NOT NULL,
  is_dry INTEGER NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  actor_name TEXT NOT NULL,
  parameters TEXT NOT NULL,
  schedule_id TEXT,
  nominal_at INTEGER,
  fold INTEGER NOT NULL DEFAULT 0,
  rerun_of TEXT,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  ended_at INTEGER,
  cancel_requested_at INTEGER,
  cancelled_by TEXT NOT NULL DEFAULT '',
  epoch INTEGER NOT NULL DEFAULT 1,
  reported INTEGER NOT NULL DEFAULT 0,
  message TEXT NOT NULL DEFAULT '',
  exit_code INTEGER,
  dropped_lines INTEGER NOT NULL DEFAULT 0,
  is_log_packed INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX run_lock ON run(target_kind, target_id) WHERE is_live = 1 AND holds_lock = 1;
CREATE UNIQUE INDEX run_occurrence ON run(schedule_id, nominal_at, fold) WHERE schedule_id IS NOT NULL;
CREATE INDEX run_live ON run(sequence) WHERE is_live = 1;
CREATE INDEX run_unpacked ON run(sequence) WHERE is_live = 0 AND is_log_packed = 0;
CREATE INDEX run_by_environment ON run(environment_id, sequence);
CREATE INDEX run_by_target ON run(target_kind, target_id, sequence);
CREATE INDEX run_by_host ON run(host_id, sequence) WHERE host_id IS NOT NULL;

CREATE TABLE run_step (
  run_id TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  name TEXT NOT NULL,
  title TEXT NOT NULL,
  state TEXT NOT NULL,
  message TEXT NOT NULL DEFAULT '',
  has_warning INTEGER NOT NULL DEFAULT 0,
  started_at INTEGER,
  ended_at INTEGER,
  counters TEXT NOT NULL DEFAULT '{}',
  PRIMARY KEY (run_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_log (
  run_id TEXT NOT NULL REFERENCES run(id) ON DELETE CASCADE,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  is_packed INTEGER NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (run_id, first)
) STRICT;
)sql";
}

std::string_view run_walks_schema_sql() {
  // With is_live in it, upkeep counts the ended runs of a target without a look at the rows.
  return R"sql(
DROP INDEX run_by_target;
CREATE INDEX run_by_target ON run(target_kind, target_id, sequence, is_live);
CREATE INDEX run_by_schedule ON run(schedule_id, sequence) WHERE schedule_id IS NOT NULL;
)sql";
}

std::string_view step_deadlines_schema_sql() {
  return R"sql(
ALTER TABLE run_step ADD COLUMN deadline_s INTEGER;
)sql";
}

std::string_view run_requests_schema_sql() {
  return R"sql(
ALTER TABLE run ADD COLUMN request_key TEXT;
CREATE INDEX run_by_request ON run(request_key, sequence) WHERE request_key IS NOT NULL;
)sql";
}

}  // namespace fettle::runs
