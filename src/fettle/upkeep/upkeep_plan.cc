#include "fettle/upkeep/upkeep_plan.h"

#include "fettle/access/invitation_repo.h"
#include "fettle/access/session_repo.h"
#include "fettle/events/condition_repo.h"
#include "fettle/events/event_repo.h"
#include "fettle/fleet/enrolment_repo.h"
#include "fettle/fleet/uptime_repo.h"
#include "fettle/runs/ledger_repo.h"
#include "fettle/upkeep/audit_tasks.h"
#include "fettle/upkeep/history_tasks.h"
#include "fettle/upkeep/parentless.h"
#include "fettle/upkeep/run_tasks.h"
#include "fettle/upkeep/store_tasks.h"

namespace fettle::upkeep {
namespace {

using Tasks = std::vector<runs::PlanTask>;

void append(Tasks& tasks, Tasks more) {
  for (runs::PlanTask& task : more) tasks.push_back(std::move(task));
}

HistoryGround history_ground(const UpkeepGround& ground) {
  fleet::Roster* roster = &ground.fleet.roster();
  return {ground.fleet.tiers(), ground.copies.clock, ground.doubts, [roster] {
            std::set<metrics::HostNumber> hosts;
            roster->for_each([&](fleet::LiveHost& host) { hosts.insert(host.row.number); });
            return hosts;
          }};
}

/// What is kept for so long and no longer, each a table of its own.
Tasks retention_tasks(const RowGround& rows, Seconds idle, const UpkeepSettings& settings) {
  std::vector<Retention> kept{
      {"event_retention", "Remove old events", "server.event_days", settings.events,
       events::event_repo::old_events()},
      {"condition_retention", "Remove conditions that are over", "server.event_days", settings.events,
       events::condition_repo::old_conditions()},
      {"silence_retention", "Remove silences that are over", "server.event_days", settings.events,
       events::condition_repo::old_silences()},
      {"host_states", "Remove old states of hosts", "upkeep.host_state_days", settings.host_states,
       fleet::uptime_repo::old_states()},
      {"server_lives", "Remove old times of the server itself", "upkeep.host_state_days",
       settings.host_states, fleet::uptime_repo::old_lives()},
      {"ledger_retention", "Remove old entries of the ledger of due times", "upkeep.ledger_days",
       settings.ledger, runs::ledger_repo::old_entries()},
      {"expired_sessions", "Remove sessions that are over", "upkeep.session_days", settings.ended_sessions,
       access::session_repo::ended_sessions(idle)},
      {"expired_enrolment_tokens", "Remove enrolment tokens that ran out", "upkeep.enrolment_token_days",
       settings.enrolment_tokens, fleet::enrolment_repo::expired_tokens()},
      {"expired_invitations", "Remove invitations that ran out", "upkeep.invitation_days",
       settings.invitations, access::invitation_repo::expired_invitations()},
  };
  Tasks out;
  for (Retention& one : kept) out.push_back(retention_task(rows, std::move(one)));
  return out;
}

void switch_off(Tasks& tasks, const std::set<std::string>& off) {
  for (runs::PlanTask& task : tasks)
    if (off.contains(task.name))
      task.why_skipped = [] { return std::string("switched off in the settings (upkeep.off)"); };
}

}  // namespace

runs::Plan server_plan(const UpkeepGround& ground, const UpkeepSettings& settings) {
  const RowGround rows{ground.store, ground.copies.clock, ground.doubts, &ground.believed};
  runs::Plan plan;
  plan.name = kPlanName;
  plan.title = "Upkeep of the server";
  plan.target_kind = std::string(runs::kServerTarget);
  Tasks& tasks = plan.tasks;
  append(tasks, history_tasks(history_ground(ground)));
  append(tasks, retention_tasks(rows, ground.access.settings().session_idle, settings));
  append(tasks, run_tasks(rows, settings.runs, settings.run_logs));
  append(tasks, audit_tasks({rows, ground.access.audit_verifier(), ground.server_id}, settings.audit));
  tasks.push_back(idempotency_task(ground.answers));
  tasks.push_back(absent_hosts_task({ground.fleet.roster(), ground.fleet.conditions(), ground.copies.clock},
                                    settings.absent_hosts));
  append(tasks, parentless_tasks(rows));
  append(tasks, store_tasks({ground.store, ground.care, ground.copies.clock, ground.doubts}));
  tasks.push_back(copy_task(ground.copies, settings));
  switch_off(tasks, settings.off);
  return plan;
}

}  // namespace fettle::upkeep
