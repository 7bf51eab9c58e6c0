#include "fettle/events/events_api.h"

#include "fettle/access/environments.h"
#include "fettle/base/json_codec.h"
#include "fettle/base/list_cursor.h"
#include "fettle/base/page_limit.h"
#include "fettle/events/event_catalog.h"
#include "fettle/events/event_json.h"
#include "fettle/net/router.h"

namespace fettle::events {

struct EventsQuery {
  std::optional<std::string> environment, cursor;
  std::optional<std::vector<Severity>> severity;
  std::optional<std::vector<std::string>> type;
  std::optional<std::string> source;  // "host", "person", "server"
  std::optional<HostId> host_id;
  std::optional<std::string> text;
  std::optional<WallTime> from, to;
  std::optional<std::int64_t> limit;
};
BOOST_DESCRIBE_STRUCT(EventsQuery, (),
                      (environment, severity, type, source, host_id, text, from, to, limit, cursor))

struct EventTypeDto {
  std::string type;
  Severity severity = Severity::info;
  std::string summary;
};
BOOST_DESCRIBE_STRUCT(EventTypeDto, (), (type, severity, summary))

namespace {

constexpr std::size_t kLongestText = 200;
constexpr std::size_t kMostExported = 10'000;
constexpr std::string_view kCursor = "event";

Result<EventFilter> filter_of(const net::RequestContext& context, const EventsQuery& query,
                              const access::Environments& environments) {
  EventFilter filter;
  FETTLE_TRY(filter.environments, environments.listed(context.principal(), query.environment));
  if (query.severity) filter.severities = *query.severity;
  if (query.type) filter.types = *query.type;
  filter.source_kind = query.source;
  if (query.text) {
    if (query.text->size() > kLongestText) return fail_field("/query/text", "must have at most 200 bytes");
    filter.text = *query.text;
  }
  if (query.from && query.to && *query.from >= *query.to)
    return fail_field("/query/to", "must be later than from");
  filter.from = query.from;
  filter.to = query.to;
  if (query.host_id) filter.source_id = query.host_id->text();
  if (query.cursor) {
    FETTLE_TRY(filter.before, parse_number_cursor(kCursor, *query.cursor));
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
  if (list.next) page.next_cursor = format_cursor(kCursor, std::to_string(*list.next));
  co_return page;
}

Task<Result<net::Response>> export_events(EventLog& log, const access::Environments& environments,
                                          net::RequestContext& context, EventsQuery query) {
  query.limit.reset();
  query.cursor.reset();
  FETTLE_CO_TRY(EventFilter filter, filter_of(context, query, environments));
  net::Response response;
  FETTLE_CO_TRY(response.body, co_await log.export_csv(std::move(filter), kMostExported));
  response.headers.set("Content-Type", "text/csv; charset=utf-8");
  response.headers.set("Content-Disposition", "attachment; filename=\"events.csv\"");
  co_return response;
}

net::Page<EventTypeDto> event_types() {
  net::Page<EventTypeDto> page;
  for (const EventType& known : known_event_types())
    page.items.push_back({std::string(known.type), known.severity, std::string(known.summary)});
  return page;
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
  router.add_raw<EventsQuery>(
      {.method = net::Method::get,
       .path = "/api/v1/events/export",
       .permission = Permission::view,
       .scope = net::ScopeSource::any,
       .operation = "export_events",
       .summary = "The same as CSV, newest first, the newest 10,000 at most; limit and cursor do not count.",
       .answer_media_type = "text/csv"},
      [&log, &environments](net::RequestContext& context, EventsQuery query) {
        return export_events(log, environments, context, std::move(query));
      });
  router.add<net::None, net::None, net::Page<EventTypeDto>>(
      {.method = net::Method::get,
       .path = "/api/v1/event-types",
       .permission = Permission::signed_in,
       .operation = "list_event_types",
       .summary = "Every type of event that this server knows, what it says and how severe it usually is."},
      [](net::RequestContext&, net::None, net::None) {
        return net::ready<net::Page<EventTypeDto>>(event_types());
      });
  SchemaBook book;
  router.add_schema("StreamEvent", schema_of<EventDto>(book));  // refers to the list's own
}

}  // namespace fettle::events

FETTLE_JSON(fettle::net::Page<fettle::events::EventDto>)
FETTLE_JSON(fettle::net::Page<fettle::events::EventTypeDto>)
FETTLE_QUERY(fettle::events::EventsQuery)
