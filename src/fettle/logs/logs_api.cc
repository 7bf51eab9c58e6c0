#include "fettle/logs/logs_api.h"

#include <charconv>

#include "fettle/base/json_codec.h"
#include "fettle/io/work_queue.h"
#include "fettle/logs/log_feed.h"
#include "fettle/logs/log_line_json.h"
#include "fettle/net/router.h"

namespace fettle::logs {

struct LogsQuery {
  std::optional<std::int64_t> lines;
  std::optional<LineLevel> level;
  std::optional<std::string> query;
  std::optional<WallTime> since;
  std::optional<std::int64_t> after, before;
  std::optional<bool> follow;
};
BOOST_DESCRIBE_STRUCT(LogsQuery, (), (lines, level, query, since, after, before, follow))

/// Oldest first, as a log is read.
struct LogLines {
  std::vector<LogLineDto> items;
  bool has_older = false;  // ask with `before` the first id
};
BOOST_DESCRIBE_STRUCT(LogLines, (), (items, has_older))

/// What the stream says of the topic `logs`: a line (again, when its count grew), or how many were left out
/// because they were too many at once (GET /api/v1/logs has them).
struct LogSkipped {
  std::int64_t skipped = 0;
};
BOOST_DESCRIBE_STRUCT(LogSkipped, (), (skipped))

namespace {

constexpr std::int64_t kDefaultLines = 100;
constexpr std::int64_t kMostLines = 10'000;
constexpr std::int64_t kMostFirstLines = 1'000;  // of a stream: they are written on the loop

struct Asked {
  LogFilter filter;
  std::size_t lines = 0;
  bool is_followed = false;
};

LogLevel level_of(LineLevel level) {
  return static_cast<LogLevel>(level);  // the same names in the same order
}
static_assert(static_cast<int>(LineLevel::error) == static_cast<int>(LogLevel::error));

Result<std::uint64_t> place_of(std::int64_t id, const char* pointer) {
  if (id < 0) return fail_field(pointer, "must be the id of a line");
  return static_cast<std::uint64_t>(id);
}

/// Who comes back after a lost connection names the last line it has.
std::optional<std::uint64_t> last_event_id(const net::Request& request) {
  const std::string_view text = request.headers.get("Last-Event-ID");
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return id;
}

Result<Asked> asked_of(const LogsQuery& query, const net::Request& request) {
  Asked out;
  const std::int64_t lines = query.lines.value_or(kDefaultLines);
  if (lines < 1 || lines > kMostLines) {
    return fail_field("/query/lines", "must be from 1 to " + std::to_string(kMostLines));
  }
  out.lines = static_cast<std::size_t>(lines);
  if (query.level) out.filter.least = level_of(*query.level);
  if (query.query) {
    if (query.query->size() > kLongestText) {
      return fail_field("/query/query", "must be at most " + std::to_string(kLongestText) + " bytes");
    }
    out.filter.text = *query.query;
  }
  out.filter.since = query.since;
  if (query.after) {
    FETTLE_TRY(out.filter.after, place_of(*query.after, "/query/after"));
  }
  if (query.before) {
    FETTLE_TRY(out.filter.before, place_of(*query.before, "/query/before"));
  }
  out.is_followed = query.follow.value_or(false);
  if (out.is_followed && lines > kMostFirstLines) {
    return fail_field("/query/lines", "must be at most " + std::to_string(kMostFirstLines) + " with follow");
  }
  if (out.is_followed && query.before) {
    return fail_field("/query/before", "does not go together with follow");
  }
  if (const auto last = last_event_id(request); last && out.is_followed) out.filter.after = last;
  return out;
}

net::Response json_answer(const LogSelection& selection) {
  LogLines lines;
  lines.has_older = selection.has_older;
  for (const io::LogRecord& record : selection.records) lines.items.push_back(log_line_dto(record));
  net::Response response;
  response.headers.set("Content-Type", "application/json");
  response.headers.set("Cache-Control", "no-store");
  response.body = to_json(lines);
  return response;
}

net::Response follow_head() {
  net::Response response;
  response.headers.set("Content-Type", "text/event-stream");
  response.headers.set("Cache-Control", "no-store, no-transform");
  response.headers.set("X-Accel-Buffering", "no");
  return response;
}

Task<Result<net::Response>> list_logs(LogFeed& feed, io::Loop& loop, io::WorkQueue& workers,
                                      net::RequestContext& context, LogsQuery query) {
  FETTLE_CO_TRY(const Asked asked, asked_of(query, context.request()));
  if (asked.is_followed) {
    FETTLE_CO_TRY(const std::uint64_t pass, feed.admit());
    net::Response response = follow_head();
    response.stream = [&feed, asked, pass,
                       principal = context.principal()](std::shared_ptr<net::ByteStream> stream) {
      LogFilter later = asked.filter;
      later.after.reset();  // a repeat of an old line is news
      // Chosen here and not before: no line falls between the first ones and those that follow.
      auto first = select_newest(feed.ring().snapshot(), asked.filter, asked.lines);
      feed.follow(std::move(stream), {pass, principal, std::move(later), std::move(first.records)});
    };
    co_return response;
  }
  // Ten thousand lines are searched and written on a worker.
  auto make = [records = feed.ring().snapshot(), asked] {
    return json_answer(select_newest(records, asked.filter, asked.lines));
  };
  co_return co_await io::offload(loop, workers, std::move(make));
}

}  // namespace

void add_log_routes(net::Router& router, LogFeed& feed, io::Loop& loop, io::WorkQueue& workers) {
  for (const bool is_alias : {false, true}) {
    router.add_raw<LogsQuery, LogLines>(
        {.method = net::Method::get,
         .path = is_alias ? "/api/logs" : "/api/v1/logs",
         .permission = Permission::administer_server,
         .scope = net::ScopeSource::none,
         .operation = is_alias ? "list_logs_alias" : "list_logs",
         .summary = is_alias ? "The same as /api/v1/logs."
                             : "Gives the newest lines of the server's own log, oldest first; with "
                               "follow=true as server-sent events that go on with each new line.",
         .problem_codes = {"too_many_streams", "stopping"},
         .other_answers = {{200, "text/event-stream"}},
         .request_headers = {{"Last-Event-ID", "With follow=true: id of the last line that was seen."}}},
        [&feed, &loop, &workers](net::RequestContext& context, LogsQuery query) {
          return list_logs(feed, loop, workers, context, std::move(query));
        });
  }
  SchemaBook book;
  router.add_schema("StreamLogEntry",
                    "{\"anyOf\":[" + schema_of<LogLineDto>(book) + "," + schema_of<LogSkipped>(book) + "]}");
  for (auto& [name, schema] : book) {
    if (name == "LogSkipped") router.add_schema(std::move(name), std::move(schema));
  }
}

}  // namespace fettle::logs

FETTLE_JSON(fettle::logs::LogLines)
FETTLE_JSON(fettle::logs::LogSkipped)
FETTLE_QUERY(fettle::logs::LogsQuery)
