#include "fettle/runs/schedules_schema.h"

namespace fettle::runs {

std::string_view schedules_schema_sql() {
  // The primary keys are what keeps a due time from a second end, and a schedule from a second pending run.
  return R"sql(
CREATE TABLE schedule (
  id TEXT PRIMARY KEY,
  environment_id TEXT NOT NULL,
  name TEXT NOT NULL,
  plan TEXT NOT NULL,
  target_kind TEXT NOT NULL,
  target_id TEXT NOT NULL,
  target_name TEXT NOT NULL,
  host_id TEXT,
  parameters TEXT NOT NULL,
  timing TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  jitter_ms INTEGER NOT NULL,
  misfire TEXT NOT NULL,
  misfire_limit INTEGER NOT NULL,
  catch_up_ms INTEGER NOT NULL,
  overlap TEXT NOT NULL,
  is_enabled INTEGER NOT NULL,
  retry_backoff_ms INTEGER NOT NULL,
  retry_attempts INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  settled_until INTEGER NOT NULL,
  last_nominal INTEGER,
  last_outcome TEXT,
  last_run_id TEXT,
  UNIQUE (environment_id, name)
) STRICT;
CREATE INDEX schedule_by_host ON schedule(host_id);

CREATE TABLE pending_run (
  schedule_id TEXT PRIMARY KEY,
  nominal INTEGER NOT NULL,
  fold INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  next_attempt_at INTEGER NOT NULL,
  last_error TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE ledger (
  schedule_id TEXT NOT NULL,
  nominal INTEGER NOT NULL,
  fold INTEGER NOT NULL,
  environment_id TEXT NOT NULL,
  schedule_name TEXT NOT NULL,
  host_id TEXT,
  decided_at INTEGER NOT NULL,
  outcome TEXT NOT NULL,
  reason TEXT NOT NULL,
  run_id TEXT,
  count INTEGER NOT NULL,
  PRIMARY KEY (schedule_id, nominal, fold)
) STRICT, WITHOUT ROWID;
CREATE INDEX ledger_by_time ON ledger(nominal);
CREATE INDEX ledger_by_host ON ledger(host_id, nominal) WHERE host_id IS NOT NULL;
)sql";
}

std::string_view ledger_walk_schema_sql() {
  // The key of the table comes behind it, so a list of an environment has its order.
  return R"sql(
CREATE INDEX ledger_by_environment ON ledger(environment_id, nominal);
)sql";
}

}  // namespace fettle::runs
