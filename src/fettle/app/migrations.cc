#include "fettle/app/migrations.h"

#include "fettle/access/access_schema.h"
#include "fettle/access/audit_base.h"
#include "fettle/access/people_schema.h"
#include "fettle/events/events_schema.h"
#include "fettle/fleet/fleet_schema.h"
#include "fettle/fleet/history_moves.h"
#include "fettle/runs/expectation_repo.h"
#include "fettle/runs/runs_schema.h"
#include "fettle/runs/schedules_schema.h"
#include "fettle/upkeep/upkeep_schema.h"

namespace fettle::app {

std::vector<store::Migration> all_migrations() {
  return {
      {1, "access", access::access_schema_sql()},
      {2, "events", events::events_schema_sql()},
      {3, "fleet", fleet::fleet_schema_sql()},
      {4, "people", access::people_schema_sql()},
      {5, "conditions", events::conditions_schema_sql()},
      {6, "watch", fleet::watch_schema_sql()},
      {7, "fleet care", fleet::fleet_care_schema_sql()},
      {8, "runs", runs::runs_schema_sql()},
      {9, "schedules", runs::schedules_schema_sql()},
      {10, "audit base", access::audit_base::schema_sql()},
      {11, "upkeep", upkeep::upkeep_schema_sql()},
      {12, "event errors", events::event_errors_schema_sql()},
      {13, "run walks", runs::run_walks_schema_sql()},
      {14, "ledger walk", runs::ledger_walk_schema_sql()},
      {15, "expectations", runs::expectation_repo::schema_sql()},
      {16, "step deadlines", runs::step_deadlines_schema_sql()},
      {17, "history moves", fleet::history_moves_schema_sql()},
      {18, "run requests", runs::run_requests_schema_sql()},
      {19, "clock trust", upkeep::clock_trust_schema_sql()},
      {20, "environment removal", access::environment_removal_schema_sql()},
  };
}

}  // namespace fettle::app
