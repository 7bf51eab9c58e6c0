#include "fettle/events/events_api.h"

#include <charconv>

#include "fettle/access/environments.h"
#include "fettle/base/encoding.h"
#include "fettle/base/json_codec.h"
#include "fettle/base/page_limit.h"
#include "fettle/events/event_json.h"
#include "fettle/net/router.h"

namespace fettle::events {

struct EventsQuery {
  std::optional<std::string> environment, type, cursor;
  std::optional<Severity> severity;
  std::optional<HostId> host_id;
  std::optional<std::int64_t> limit;
};
BOOST_DESCRIBE_STRUCT(EventsQuery, (), (environment, severity, type, host_id, limit, cursor))

namespace {

constexpr std::string_view kCursorPrefix = "event:";  // of another list: refused

std::string format_cursor(EventSequence before) {
  return base64url_encode(as_bytes(std::string(kCursorPrefix) + std::to_string(before)));
}

Result<EventSequence> parse_cursor(std::string_view cursor) {
  const auto bytes = base64url_decode(cursor);
  std::string_view text = bytes ? as_text(*bytes) : std::string_view();
  EventSequence before = 0;
  if (text.starts_with(kCursorPrefix)) {
    text.remove_prefix(kCursorPrefix.size());
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), before);
    if (error == std::errc{} && end == text.data() + text.size() && before > 0) return before;
  }
  return fail_field("/query/cursor", "must be one that this list gave");
}

Result<std::vector<EnvironmentId>> environments_of(const net::RequestContext& context,
                                                   const std::optional<std::string>& asked,
                                                   const access::Environments& environments) {
  if (!asked) return context.principal().environments_with(Permission::view);
  const auto id = environments.find(*asked);
  // One that may not be seen answers like one that is not there.
  if (!id || !context.principal().may(Permission::view, *id)) {
    return fail_field("/query/environment", "must be the id or the name of an environment that you may see");
  }
  return std::vector{*id};
}

Result<EventFilter> filter_of(const net::RequestContext& context, const EventsQuery& query,
                              const access::Environments& environments) {
  EventFilter filter;
  FETTLE_TRY(filter.environments, environments_of(context, query.environment, environments));
  filter.severity = query.severity;
  filter.type = query.type;
  if (query.host_id) filter.source_id = query.host_id->text();
  if (query.cursor) {
    FETTLE_TRY(filter.before, parse_cursor(*query.cursor));
  }
  FETTLE_TRY(filter.limit, page_limit(query.limit));
  return filter;
}

Task<Result<net::Page<EventDto>>> list_events(EventLog& log, const access::Environments& environments,
                                              net::RequestContext& context, EventsQuery query) {
  FETTLE_CO_TRY(EventFilter filter, filter_of(context, query, environments));
  FETTLE_CO_TRY(const EventList list, co_await log.list(std::move(filter)));
  net::Page<EventDto> page;
  for (const Event& event : list.events) page.items.push_back(event_dto(event));
  if (list.next) page.next_cursor = format_cursor(*list.next);
  co_return page;
}

}  // namespace

void add_event_routes(net::Router& router, EventLog& log, const access::Environments& environments) {
  router.add<EventsQuery, net::None, net::Page<EventDto>>(
      {.method = net::Method::get,
       .path = "/api/v1/events",
       .permission = Permission::view,
       .scope = net::ScopeSource::any,
       .operation = "list_events",
       .summary = "Lists what happened, newest first, in the environments that one may see."},
      [&log, &environments](net::RequestContext& context, EventsQuery query, net::None) {
        return list_events(log, environments, context, std::move(query));
      });
  SchemaBook book;
  router.add_schema("StreamEvent", schema_of<EventDto>(book));  // refers to the list's own
}

}  // namespace fettle::events

FETTLE_JSON(fettle::net::Page<fettle::events::EventDto>)
FETTLE_QUERY(fettle::events::EventsQuery)
