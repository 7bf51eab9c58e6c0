#include "fettle/stream/stream_api.h"

#include "fettle/base/json_codec.h"
#include "fettle/base/text.h"
#include "fettle/net/router.h"
#include "fettle/stream/hub.h"

namespace fettle::stream {

struct StreamQuery {
  std::optional<std::string> topics;  // read from the request itself: "topics=" is a list without names
};
BOOST_DESCRIBE_STRUCT(StreamQuery, (), (topics))

struct TopicsInput {
  std::vector<std::string> topics;
};
BOOST_DESCRIBE_STRUCT(TopicsInput, (), (topics))

namespace {

constexpr std::string_view kDefaultTopics = "fleet,events";
constexpr std::string_view kMediaType = "text/event-stream";

std::string_view wanted_topics(const net::Request& request) {
  for (const auto& [name, value] : request.query) {
    if (name == "topics") return value;
  }
  return kDefaultTopics;
}

bool is_refused(std::string_view parameters) {  // ";q=0", ";q=0.000"
  for (const std::string_view part : split(parameters, ';')) {
    const std::string_view parameter = trim(part);
    if (!parameter.starts_with("q=") && !parameter.starts_with("Q=")) continue;
    return parameter.substr(2).find_first_not_of("0.") == std::string_view::npos;
  }
  return false;
}

/// A program with a token would wait for lines that never come. A page looks at what it may, and its stream
/// is that of all tabs: what somebody may not see (any more) is left out there.
Result<> allow_topics(const Principal& principal, std::span<const std::string> topics) {
  if (principal.kind != PrincipalKind::token || principal.may_somewhere(Permission::administer_server))
    return {};
  if (std::ranges::find(topics, "logs") == topics.end()) return {};
  return fail(ErrorCode::forbidden, "forbidden",
              "The topic logs takes a token with the scope admin, made by a server administrator.");
}

net::Response stream_head() {
  net::Response response;
  response.headers.set("Content-Type", std::string(kMediaType));
  response.headers.set("Cache-Control",
                       "no-store, no-transform");   // a proxy that compresses would hold frames
  response.headers.set("X-Accel-Buffering", "no");  // nginx
  return response;
}

Task<Result<net::Response>> open_stream(Hub& hub, net::RequestContext& context, StreamQuery /*query*/) {
  const net::Request& request = context.request();
  if (!accepts_event_stream(request.headers.get("Accept"))) {
    co_return net::problem(406, "not_acceptable", "This is an event stream: accept text/event-stream.",
                           request.id);
  }
  const Principal& principal = context.principal();
  FETTLE_CO_TRY(std::vector<std::string> topics,
                parse_topics(split_topics(wanted_topics(request)), "/query/topics"));
  if (auto allowed = allow_topics(principal, topics); !allowed)
    co_return std::unexpected(std::move(allowed).error());
  FETTLE_CO_TRY(const std::uint64_t pass, hub.admit(principal));
  net::Response response = stream_head();
  Subscription subscription{principal, std::move(topics), principal.environments_with(Permission::view),
                            std::string(request.headers.get("Last-Event-ID")), pass};
  response.stream = [&hub, subscription = std::move(subscription)](std::shared_ptr<net::ByteStream> stream) {
    ignore(hub.attach(std::move(stream), subscription), "the hub has closed it, and the client tries again");
  };
  co_return response;
}

Task<Result<net::None>> change_topics(Hub& hub, net::RequestContext& context, net::None /*query*/,
                                      TopicsInput input) {
  if (auto allowed = allow_topics(context.principal(), input.topics); !allowed)
    co_return std::unexpected(std::move(allowed).error());
  Result<> changed =
      hub.set_topics(context.path_parameter("connection"), context.principal(), std::move(input.topics));
  if (!changed) co_return std::unexpected(std::move(changed).error());
  co_return net::None{};
}

}  // namespace

bool accepts_event_stream(std::string_view accept) {
  if (trim(accept).empty()) return true;
  for (const std::string_view part : split(accept, ',')) {
    const std::size_t end = std::min(part.find(';'), part.size());
    const std::string type = to_lower_ascii(trim(part.substr(0, end)));
    if (type != kMediaType && type != "text/*" && type != "*/*") continue;
    if (!is_refused(part.substr(end))) return true;
  }
  return false;
}

void add_stream_routes(net::Router& router, Hub& hub) {
  net::RouteSpec stream{
      .method = net::Method::get,
      .path = "/api/v1/stream",
      // Whoever has no role yet hears nothing but that one came.
      .permission = Permission::signed_in,
      .operation = "open_stream",
      .summary =
          "What happens, as it happens: server-sent events of the topics fleet, events, logs, runs, "
          "host:<id> "
          "and run:<id>; "
          "`event` names the message, `data` is it as JSON.",
      .problem_codes = {"not_acceptable", "too_many_own_streams", "too_many_streams"},
      .answer_media_type = std::string(kMediaType),
      .request_headers = {{"Last-Event-ID",
                           "Id of the last message that was seen; what came since is sent again."}},
      .message_schemas = {"StreamHello", "StreamFleetStatus", "StreamStatusChange", "StreamMetricUpdate",
                          "StreamEvent", "StreamCondition", "StreamLogEntry", "StreamRunUpdate",
                          "StreamRunLog", "StreamMaintenanceProgress", "StreamMaintenanceComplete",
                          "StreamResync"}};
  net::RouteSpec alias = stream;  // I13a
  alias.path = "/api/sse";
  alias.operation = "open_stream_alias";
  alias.summary = "The same as /api/v1/stream.";
  for (const net::RouteSpec& spec : {stream, alias}) {
    router.add_raw<StreamQuery>(spec, [&hub](net::RequestContext& context, StreamQuery query) {
      return open_stream(hub, context, std::move(query));
    });
  }
  router.add<net::None, TopicsInput, net::None>(
      {.method = net::Method::put,
       .path = "/api/v1/stream/{connection}/topics",
       .permission = Permission::signed_in,
       .operation = "set_stream_topics",
       .summary = "Changes the topics of an open stream of one's own.",
       .success_status = 204,
       .problem_codes = {"stream_not_found"}},
      [&hub](net::RequestContext& context, net::None query, TopicsInput input) {
        return change_topics(hub, context, query, std::move(input));
      });
  SchemaBook book;
  add_message_schemas(book);
  for (auto& [name, schema] : book) router.add_schema(std::move(name), std::move(schema));
}

}  // namespace fettle::stream

FETTLE_QUERY(fettle::stream::StreamQuery)
FETTLE_JSON(fettle::stream::TopicsInput)
