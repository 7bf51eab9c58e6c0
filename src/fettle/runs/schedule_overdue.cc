#include "fettle/runs/schedule_overdue.h"

#include "fettle/runs/schedule_conditions.h"

namespace fettle::runs {

void tell_overdue(events::Conditions& conditions, const LiveSchedule& live, WallTime now) {
  std::string why;
  if (live.row.settings.is_enabled && !live.fault.empty()) {
    why = "It cannot come due: " + live.fault;
  } else {
    why = decide_overdue(live.row, live.pending ? &*live.pending : nullptr, live.blocked, now,
                         live.why_blocked);
  }
  if (why.empty()) {
    conditions.close_condition(overdue_key(live.row.id));
  } else {
    conditions.open_condition(overdue_claim(live.row, std::move(why)));
  }
}

}  // namespace fettle::runs
