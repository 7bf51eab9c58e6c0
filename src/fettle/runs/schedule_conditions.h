// What schedules tell people: the condition of one that is overdue, the event of a pending run given up.
// Pure.
#pragma once
#include <string>

#include "fettle/events/condition.h"
#include "fettle/events/event_log.h"
#include "fettle/runs/schedule.h"

namespace fettle::runs {

inline constexpr std::string_view kOverdueKind = "schedule.overdue";

events::ConditionKey overdue_key(const ScheduleId& id);
events::ConditionClaim overdue_claim(const Schedule& schedule, std::string why);
events::Event abandoned_event(EventId id, WallTime now, const Schedule& schedule, const PendingRun& pending,
                              const std::string& reason);
/// "schedule.created" and its like.
events::Event schedule_event(EventId id, WallTime now, std::string type, const Schedule& schedule,
                             std::string message);

}  // namespace fettle::runs
