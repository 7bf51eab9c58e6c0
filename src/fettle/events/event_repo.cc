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
  "fields FROM"
// The inner part walks an index and ends after so many rows; the outer one picks.
#define FETTLE_EVENT_WALK " AND sequence < ?2 AND sequence >= ?3 ORDER BY sequence DESC LIMIT ?4)"
#define FETTLE_EVENT_FILTERS                                                                                 \
  " WHERE (?5 IS NULL OR ?5 LIKE '%,' || severity || ',%') AND (?6 IS NULL OR ?6 LIKE '%,' || type || ',%')" \
  " AND (?7 IS NULL OR source_kind = ?7) AND at >= ?8 AND at < ?9"                                           \
  " AND (?10 IS NULL OR message LIKE ?10 ESCAPE '\\' OR source_name LIKE ?10 ESCAPE '\\')"                   \
  " ORDER BY sequence DESC LIMIT ?11"

constexpr std::string_view kNewest = FETTLE_EVENT_COLUMNS
    " (SELECT * FROM event WHERE environment_id = ?1" FETTLE_EVENT_WALK FETTLE_EVENT_FILTERS;
constexpr std::string_view kNewestOfSource = FETTLE_EVENT_COLUMNS
    " (SELECT * FROM event WHERE source_id = ?12 AND environment_id = ?1" FETTLE_EVENT_WALK
        FETTLE_EVENT_FILTERS;

#undef FETTLE_EVENT_COLUMNS
#undef FETTLE_EVENT_WALK
#undef FETTLE_EVENT_FILTERS

/// The last row that the walk above looks at, when there are more behind it.
constexpr std::string_view kWalkEnd =
    "SELECT sequence FROM event WHERE environment_id = ?1 AND sequence < ?2 AND sequence >= ?3"
    " ORDER BY sequence DESC LIMIT 1 OFFSET ?4";
constexpr std::string_view kWalkEndOfSource =
    "SELECT sequence FROM event WHERE source_id = ?5 AND environment_id = ?1 AND sequence < ?2 AND sequence "
    ">= ?3"
    " ORDER BY sequence DESC LIMIT 1 OFFSET ?4";

constexpr std::string_view kFirstSince = "SELECT sequence FROM event WHERE at >= ?1 ORDER BY at LIMIT 1";
constexpr std::string_view kLastBefore = "SELECT sequence FROM event WHERE at < ?1 ORDER BY at DESC LIMIT 1";

// The index is named: without figures of its own the planner walks all events to have them grouped.
constexpr std::string_view kCountErrors =
    "SELECT environment_id, at / ?2, count(*) FROM event INDEXED BY event_errors"
    " WHERE at >= ?1 AND severity = 'error' GROUP BY 1, 2";

/// Rows that one list looks at in each environment: some tens of milliseconds.
constexpr std::int64_t kMostWalked = 20'000;
/// The order of times and that of commits differ by what a clock was set back and by what waited for its
/// commit.
constexpr std::int64_t kDisorder = 1'000;

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

namespace {

template <class Range, class Name>
std::optional<std::string> comma_list(const Range& values, Name name) {
  if (values.empty()) return std::nullopt;
  std::string out = ",";
  for (const auto& value : values) out.append(name(value)).append(",");
  return out;
}

std::optional<std::string> like_pattern(const std::string& text) {
  if (text.empty()) return std::nullopt;
  std::string out = "%";
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') out += '\\';
    out += c;
  }
  return out + "%";
}

/// What the walk is bounded by: `before` and `since` narrow it to the times that are asked for.
struct Walk {
  EventSequence before = INT64_MAX, since = 0;
};

Walk walk_of(store::Session& session, const EventFilter& filter) {
  Walk walk{.before = filter.before.value_or(INT64_MAX)};
  const auto number = [](const store::Row& row) { return row.integer(0); };
  if (filter.from) {
    const auto first = session.query_one(kFirstSince, {unix_ms(*filter.from)}, number);
    walk.since = first ? std::max<EventSequence>(*first - kDisorder, 0) : INT64_MAX;
  }
  if (filter.to) {
    const auto last = session.query_one(kLastBefore, {unix_ms(*filter.to)}, number);
    walk.before = std::min(walk.before, last ? *last + kDisorder : 0);
  }
  return walk;
}

}  // namespace

EventList list(store::Session& session, const EventFilter& filter) {
  const auto severities = comma_list(filter.severities, severity_name);
  const auto types = comma_list(filter.types, [](const std::string& type) { return type; });
  const auto pattern = like_pattern(filter.text);
  const std::int64_t from = filter.from ? unix_ms(*filter.from) : INT64_MIN;
  const std::int64_t to = filter.to ? unix_ms(*filter.to) : INT64_MAX;
  const auto most = static_cast<std::int64_t>(filter.limit) + 1;  // one more tells whether there is more
  const Walk walk = walk_of(session, filter);
  // One question for each environment, each along its index, then merged: the newest come first whoever has
  // them. What lies behind the end of any walk belongs to the next list.
  std::vector<StoredEvent> found;
  EventSequence end = 0;
  for (const EnvironmentId& environment : filter.environments) {
    const std::string id = environment.text();
    std::vector<StoredEvent> part;
    std::optional<std::int64_t> last;
    const auto number = [](const store::Row& row) { return row.integer(0); };
    if (filter.source_id) {
      part = session.query_all(kNewestOfSource,
                               {id, walk.before, walk.since, kMostWalked, severities, types,
                                filter.source_kind, from, to, pattern, most, *filter.source_id},
                               read_row);
      if (std::ssize(part) < most)
        last = session.query_one(kWalkEndOfSource,
                                 {id, walk.before, walk.since, kMostWalked - 1, *filter.source_id}, number);
    } else {
      part = session.query_all(kNewest,
                               {id, walk.before, walk.since, kMostWalked, severities, types,
                                filter.source_kind, from, to, pattern, most},
                               read_row);
      if (std::ssize(part) < most)
        last = session.query_one(kWalkEnd, {id, walk.before, walk.since, kMostWalked - 1}, number);
    }
    if (last) end = std::max(end, *last);
    std::ranges::move(part, std::back_inserter(found));
  }
  std::ranges::sort(found, std::ranges::greater{}, &StoredEvent::sequence);
  std::erase_if(found, [end](const StoredEvent& stored) { return stored.sequence < end; });
  EventList out;
  for (StoredEvent& stored : found) {
    if (out.events.size() == filter.limit) break;
    out.events.push_back(std::move(stored.event));
    out.next = stored.sequence;
  }
  if (found.size() <= filter.limit) {
    out.next.reset();
    if (end > 0) out.next = end;
  }
  return out;
}

store::OldRows old_events() {
  return store::old_rows_by_time("event", "sequence", "at");
}

store::MovingRows moving_events() {
  return store::moving_rows("event", "event_by_source", "source_id");
}

std::vector<ErrorsAt> count_errors(store::Session& session, WallTime from, std::chrono::minutes step) {
  const std::int64_t step_ms = std::chrono::duration_cast<Millis>(step).count();
  return session.query_all(kCountErrors, {unix_ms(from), step_ms}, [step_ms](const store::Row& row) {
    return ErrorsAt{expect_stored(EnvironmentId::parse(row.text(0))),
                    wall_from_unix_ms(row.integer(1) * step_ms), static_cast<std::uint64_t>(row.integer(2))};
  });
}

}  // namespace fettle::events::event_repo
