// The event table: synchronous, over a session.
#pragma once
#include "fettle/events/event_log.h"

namespace fettle::events::event_repo {

/// False when an event of this id is there already.
bool insert(store::Session& session, const Event& event);
/// All events of this source go to another environment.
void move(store::Session& session, const std::string& source_id, const EnvironmentId& to);
/// `filter` as in EventLog::list.
EventList list(store::Session& session, const EventFilter& filter);

}  // namespace fettle::events::event_repo
