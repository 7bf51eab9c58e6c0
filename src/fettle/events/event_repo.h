// The event table: synchronous, over a session.
#pragma once
#include "fettle/events/event_log.h"
#include "fettle/store/moving_rows.h"
#include "fettle/store/old_rows.h"

namespace fettle::events::event_repo {

/// False when an event of this id is there already.
bool insert(store::Session& session, const Event& event);
/// `filter` as in EventLog::list. Looks at a bounded number of rows: what comes after them is the next
/// list's.
EventList list(store::Session& session, const EventFilter& filter);
/// For retention.
store::OldRows old_events();
/// Those of a source that moves to another environment.
store::MovingRows moving_events();

struct ErrorsAt {
  EnvironmentId environment;
  WallTime at;  // somewhere in the step
  std::uint64_t count = 0;
};
std::vector<ErrorsAt> count_errors(store::Session& session, WallTime from, std::chrono::minutes step);

}  // namespace fettle::events::event_repo
