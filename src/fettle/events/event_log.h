// The event log: what happened, with a type, a severity and a source (vocabulary: event). Written in the
// transaction of the change that it tells of, published after that commit. Loop thread, except `record`,
// which runs in a write.
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "fettle/base/id.h"
#include "fettle/base/result.h"
#include "fettle/base/time.h"
#include "fettle/io/task.h"
#include "fettle/store/session.h"

namespace fettle::stream {
class Hub;
}
namespace fettle::store {
class Store;
}

namespace fettle::events {

enum class Severity : std::uint8_t { info, success, warning, error };

struct Event {
  EventId id;  // made by the caller, so that a repeated write has no second effect
  WallTime at;
  std::string type;  // "host.offline"
  Severity severity = Severity::info;
  EnvironmentId environment;
  std::string source_kind, source_id, source_name;  // "host", "host_...", "web-1"
  std::string message;                              // a sentence for people
  std::map<std::string, std::string> fields;
};

/// The place of an event in the log, in order of commit: what a reader goes on from.
using EventSequence = std::int64_t;

constexpr std::size_t kMostEvents = 500;  // in one answer

struct EventFilter {
  std::vector<EnvironmentId> environments;  // those that the caller may view
  std::optional<Severity> severity;
  std::optional<std::string> type, source_id;
  std::optional<EventSequence> before;  // those that came earlier than this one
  std::size_t limit = 50;               // 1 to kMostEvents
};

struct EventList {
  std::vector<Event> events;          // newest first
  std::optional<EventSequence> next;  // `before` of the next list; none when there is nothing more
};

class EventLog {
 public:
  EventLog(store::Store& store, stream::Hub& hub);
  /// Inside a store write: stores the event (idempotent by id) and publishes it on the topic "events" of its
  /// environment after the commit. Not on "host:<id>" as well: who looks at both would get it twice, and the
  /// page filters by source.
  void record(store::Session& session, const Event& event);
  /// Inside a store write: all events of this source belong to another environment from now on. Nothing is
  /// published: who may see them finds them when asking.
  void move(store::Session& session, const std::string& source_id, const EnvironmentId& to);
  /// A write of its own.
  Task<Result<>> add(Event event);
  /// Neither repeats nor skips from one list to the next while events are added.
  Task<Result<EventList>> list(EventFilter filter);

 private:
  store::Store& store_;
  stream::Hub& hub_;
};

}  // namespace fettle::events
