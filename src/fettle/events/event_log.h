// The event log: what happened, with a type, a severity and a source (vocabulary: event). Written in the
// transaction of the change that it tells of, published after that commit. Loop thread, except `record`,
// which runs in a write.
#pragma once
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

struct EventFilter {
  std::vector<EnvironmentId> environments;  // never empty: those that the caller may view
  std::optional<std::string> severity, type, source_id;
  std::optional<EventId> before;  // cursor
  std::size_t limit = 50;
};

class EventLog {
 public:
  EventLog(store::Store& store, stream::Hub& hub);
  /// Inside a store write: stores the event (idempotent by id) and publishes it on topic "events" (and
  /// "host:<id>" when its source is a host) after the commit.
  void record(store::Session& session, const Event& event);
  /// A write of its own.
  Task<Result<>> add(Event event);
  /// Newest first.
  Task<Result<std::vector<Event>>> list(EventFilter filter);

 private:
  store::Store& store_;
  stream::Hub& hub_;
};

}  // namespace fettle::events
