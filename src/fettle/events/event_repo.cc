#include "fettle/events/event_repo.h"

#include "fettle/base/check.h"
#include "fettle/events/event_json.h"

namespace fettle::events::event_repo {
namespace {

constexpr std::string_view kInsert =
    "INSERT INTO event (id, at, type, severity, environment_id, source_kind, source_id, source_name, "
    "message, fields)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (id) DO NOTHING";

#define FETTLE_EVENT_COLUMNS                                                                                \
  "SELECT sequence, id, at, type, severity, environment_id, source_kind, source_id, source_name, message, " \
  "fields"
#define FETTLE_EVENT_FILTERS \
  " AND sequence < ?2 AND (?3 IS NULL OR severity = ?3) AND (?4 IS NULL OR type = ?4)"

constexpr std::string_view kNewest = FETTLE_EVENT_COLUMNS
    " FROM event WHERE environment_id = ?1" FETTLE_EVENT_FILTERS " ORDER BY sequence DESC LIMIT ?5";
constexpr std::string_view kNewestOfSource =
    FETTLE_EVENT_COLUMNS " FROM event WHERE environment_id = ?1" FETTLE_EVENT_FILTERS
                         " AND source_id = ?6 ORDER BY sequence DESC LIMIT ?5";

constexpr std::string_view kMove = "UPDATE event SET environment_id = ?2 WHERE source_id = ?1";

#undef FETTLE_EVENT_COLUMNS
#undef FETTLE_EVENT_FILTERS

struct StoredEvent {
  EventSequence sequence = 0;
  Event event;
};

/// What is written here is checked; what is read here was.
template <class T>
T expect_stored(std::optional<T> value) {
  FETTLE_CHECK(value, "an event that this module did not write");
  return *value;
}

StoredEvent read_row(const store::Row& row) {
  StoredEvent out;
  out.sequence = row.integer(0);
  Event& event = out.event;
  event.id = expect_stored(EventId::parse(row.text(1)));
  event.at = wall_from_unix_ms(row.integer(2));
  event.type = row.text(3);
  event.severity = expect_stored(parse_severity(row.text(4)));
  event.environment = expect_stored(EnvironmentId::parse(row.text(5)));
  event.source_kind = row.text(6);
  event.source_id = row.text(7);
  event.source_name = row.text(8);
  event.message = row.text(9);
  auto fields = parse_fields(row.text(10));
  FETTLE_CHECK(fields, "fields that this module did not write");
  event.fields = std::move(*fields);
  return out;
}

}  // namespace

bool insert(store::Session& session, const Event& event) {
  return session.execute(kInsert,
                         {event.id.text(), unix_ms(event.at), event.type, severity_name(event.severity),
                          event.environment.text(), event.source_kind, event.source_id, event.source_name,
                          event.message, fields_json(event.fields)}) > 0;
}

void move(store::Session& session, const std::string& source_id, const EnvironmentId& to) {
  session.execute(kMove, {source_id, to.text()});
}

EventList list(store::Session& session, const EventFilter& filter) {
  const EventSequence before = filter.before.value_or(INT64_MAX);
  std::optional<std::string_view> severity, type;
  if (filter.severity) severity = severity_name(*filter.severity);
  if (filter.type) type = *filter.type;
  const auto most = static_cast<std::int64_t>(filter.limit) + 1;  // one more tells whether there is more
  // One question for each environment, each along its index, then merged: the newest come first whoever has
  // them.
  std::vector<StoredEvent> found;
  for (const EnvironmentId& environment : filter.environments) {
    const std::string id = environment.text();
    auto part = filter.source_id
                    ? session.query_all(kNewestOfSource,
                                        {id, before, severity, type, most, *filter.source_id}, read_row)
                    : session.query_all(kNewest, {id, before, severity, type, most}, read_row);
    std::ranges::move(part, std::back_inserter(found));
  }
  std::ranges::sort(found, std::ranges::greater{}, &StoredEvent::sequence);
  EventList out;
  for (StoredEvent& stored : found) {
    if (out.events.size() == filter.limit) break;
    out.events.push_back(std::move(stored.event));
    out.next = stored.sequence;
  }
  if (found.size() <= filter.limit) out.next.reset();
  return out;
}

}  // namespace fettle::events::event_repo
