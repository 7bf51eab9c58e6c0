#include "fettle/events/event_log.h"

#include "fettle/base/check.h"
#include "fettle/events/event_json.h"
#include "fettle/events/event_repo.h"
#include "fettle/store/store.h"
#include "fettle/stream/hub.h"

namespace fettle::events {

EventLog::EventLog(store::Store& store, stream::Hub& hub) : store_(store), hub_(hub) {}

void EventLog::record(store::Session& session, const Event& event) {
  FETTLE_CHECK(!event.id.is_nil() && !event.environment.is_nil() && !event.type.empty(),
               "an event without id");
  if (!event_repo::insert(session, event)) return;
  // Encoded here, on the writer's thread; the loop only hands it on.
  session.after_commit([&hub = hub_, environment = event.environment, json = event_json(event)]() mutable {
    hub.publish({environment, "events"}, stream::EventMessage{std::move(json)}, stream::Keep::kept);
  });
}

void EventLog::move(store::Session& session, const std::string& source_id, const EnvironmentId& to) {
  event_repo::move(session, source_id, to);
}

Task<Result<>> EventLog::add(Event event) {
  co_return co_await store_.write(
      [this, event = std::move(event)](store::Session& session) { record(session, event); });
}

Task<Result<EventList>> EventLog::list(EventFilter filter) {
  FETTLE_CHECK(filter.limit >= 1 && filter.limit <= kMostEvents, "a limit within its bounds");
  co_return co_await store_.read(
      [filter = std::move(filter)](store::Session& session) { return event_repo::list(session, filter); });
}

}  // namespace fettle::events
