#include "fettle/runs/schedule_conditions.h"

namespace fettle::runs {

events::ConditionKey overdue_key(const ScheduleId& id) {
  return {id.text(), std::string(kOverdueKind), {}};
}

events::ConditionClaim overdue_claim(const Schedule& schedule, std::string why) {
  events::ConditionClaim out;
  out.key = overdue_key(schedule.id);
  out.environment = schedule.settings.target.environment;
  out.source_kind = "schedule";
  out.source_name = schedule.settings.name;
  out.severity = events::ConditionSeverity::warning;
  out.title = "Schedule overdue";
  out.message = std::move(why);
  out.fields = {{"plan", schedule.settings.plan}, {"target", schedule.settings.target.name}};
  return out;
}

events::Event schedule_event(EventId id, WallTime now, std::string type, const Schedule& schedule,
                             std::string message) {
  events::Event out;
  out.id = id;
  out.at = now;
  out.type = std::move(type);
  out.environment = schedule.settings.target.environment;
  out.source_kind = "schedule";
  out.source_id = schedule.id.text();
  out.source_name = schedule.settings.name;
  out.message = std::move(message);
  return out;
}

events::Event abandoned_event(EventId id, WallTime now, const Schedule& schedule, const PendingRun& pending,
                              const std::string& reason) {
  events::Event out = schedule_event(id, now, "pending_run.abandoned", schedule,
                                     "The run of " + schedule.settings.name + " that was due at " +
                                         format_time(pending.nominal) + " was given up: " + reason);
  out.severity = events::Severity::warning;
  return out;
}

}  // namespace fettle::runs
