// The condition of a schedule that does not run as it should, opened and closed as things are. Loop thread.
#pragma once
#include "fettle/events/condition_service.h"
#include "fettle/runs/schedule_book.h"

namespace fettle::runs {

void tell_overdue(events::Conditions& conditions, const LiveSchedule& live, WallTime now);

}  // namespace fettle::runs
