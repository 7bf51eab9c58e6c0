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
#include "fettle/base/page_limit.h"
#include "fettle/base/result.h"
#include "fettle/base/time.h"
#include "fettle/events/error_count.h"
#include "fettle/io/task.h"
#include "fettle/store/session.h"

namespace fettle::stream {
class Hub;
}
namespace fettle::store {
class Store;
}

namespace fettle::events {

enum class Severity : std::uint8_t { debug, info, success, warning, error };

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

constexpr std::size_t kMostEvents = kMostLimit;  // in one answer

/// An event must fit all that is given; of a list, one.
struct EventFilter {
  std::vector<EnvironmentId> environments;  // those that the caller may view
  std::vector<Severity> severities;
  std::vector<std::string> types;
  std::optional<std::string> source_kind, source_id;
  std::string text;  // in the message or the name of the source, whatever its case (ASCII)
  std::optional<WallTime> from, to;
  std::optional<EventSequence> before;  // those that came earlier than this one
  std::size_t limit = kUsualLimit;      // 1 to kMostEvents
};

struct EventList {
  std::vector<Event> events;          // newest first; fewer than asked for when a rare thing is looked for
  std::optional<EventSequence> next;  // `before` of the next list; none when there is nothing more
};

struct EventLogSettings {
  /// What is less severe is neither stored nor published. Warnings and errors always are.
  Severity least = Severity::info;
};

class EventLog {
 public:
  EventLog(store::Store& store, stream::Hub& hub, EventLogSettings settings = {});
  /// Counts the errors of the last day, once; before anything is recorded.
  Task<Result<>> load(WallTime now);
  /// Inside a store write: stores the event (idempotent by id) and publishes it on the topic "events" of its
  /// environment after the commit. Not on "host:<id>" as well: who looks at both would get it twice, and the
  /// page filters by source.
  void record(store::Session& session, const Event& event);
  /// A write of its own.
  Task<Result<>> add(Event event);
  /// Neither repeats nor skips from one list to the next while events are added.
  Task<Result<EventList>> list(EventFilter filter);
  /// Up to `most` of them as CSV, newest first.
  Task<Result<std::string>> export_csv(EventFilter filter, std::size_t most);

  /// Errors of the last 24 h in these environments: counted as they come, to a quarter of an hour.
  [[nodiscard]] std::uint64_t errors_lately(const std::vector<EnvironmentId>& environments,
                                            WallTime now) const;

 private:
  store::Store& store_;
  stream::Hub& hub_;
  EventLogSettings settings_;
  ErrorCount errors_;
};

}  // namespace fettle::events
