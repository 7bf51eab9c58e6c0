// The event table: synchronous, over a session.
#pragma once
#include "fettle/events/event_log.h"

namespace fettle::events::event_repo {

/// False when an event of this id is there already.
bool insert(store::Session& session, const Event& event);
/// All events of this source go to another environment.
void move(store::Session& session, const std::string& source_id, const EnvironmentId& to);
/// `filter` as in EventLog::list. Looks at a bounded number of rows: what comes after them is the next
/// list's.
EventList list(store::Session& session, const EventFilter& filter);
/// Removes up to `most` of those that are older; how many.
std::int64_t remove_before(store::Session& session, WallTime before, std::int64_t most);

struct ErrorsAt {
  EnvironmentId environment;
  WallTime at;  // somewhere in the step
  std::uint64_t count = 0;
};
std::vector<ErrorsAt> count_errors(store::Session& session, WallTime from, std::chrono::minutes step);

}  // namespace fettle::events::event_repo
