#include "fettle/events/event_log.h"

#include <algorithm>

#include "fettle/base/check.h"
#include "fettle/events/event_json.h"
#include "fettle/events/event_repo.h"
#include "fettle/store/store.h"
#include "fettle/stream/hub.h"

namespace fettle::events {

EventLog::EventLog(store::Store& store, stream::Hub& hub, EventLogSettings settings)
    : store_(store), hub_(hub), settings_(settings) {}

Task<Result<>> EventLog::load(WallTime now) {
  auto counted = co_await store_.read([now](store::Session& session) {
    return event_repo::count_errors(session, now - std::chrono::hours(24), ErrorCount::kStep);
  });
  if (!counted) co_return std::unexpected(std::move(counted).error());
  for (const auto& [environment, at, count] : *counted) errors_.add(environment, at, count);
  co_return Result<>{};
}

void EventLog::record(store::Session& session, const Event& event) {
  FETTLE_CHECK(!event.id.is_nil() && !event.environment.is_nil() && !event.type.empty(),
               "an event without id");
  if (event.severity < std::min(settings_.least, Severity::warning)) return;
  if (!event_repo::insert(session, event)) return;
  // Encoded here, on the writer's thread; the loop only hands it on.
  session.after_commit([&hub = hub_, environment = event.environment, json = event_json(event)]() mutable {
    hub.publish({environment, "events"}, stream::EventMessage{std::move(json)}, stream::Keep::kept);
  });
  if (event.severity == Severity::error)
    session.after_commit(
        [this, environment = event.environment, at = event.at] { errors_.add(environment, at); });
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

Task<Result<std::string>> EventLog::export_csv(EventFilter filter, std::size_t most) {
  filter.limit = kMostEvents;
  // Written on the reader's thread: the loop never holds more than the text.
  co_return co_await store_.read([filter = std::move(filter), most](store::Session& session) mutable {
    std::string out = csv_head();
    for (std::size_t written = 0; written < most;) {
      const EventList list = event_repo::list(session, filter);
      for (const Event& event : list.events) {
        if (written++ == most) break;
        append_csv_row(out, event);
      }
      if (!list.next) break;
      filter.before = list.next;
    }
    return out;
  });
}

std::uint64_t EventLog::errors_lately(const std::vector<EnvironmentId>& environments, WallTime now) const {
  return errors_.lately(environments, now);
}

}  // namespace fettle::events
