#include "fettle/runs/run_log_api.h"

#include "fettle/base/json_codec.h"
#include "fettle/net/router.h"
#include "fettle/runs/run_log_json.h"
#include "fettle/runs/run_log_repo.h"
#include "fettle/runs/run_repo.h"

namespace fettle::runs {

struct RunLogQuery {
  std::optional<std::int64_t> after, limit;
  std::optional<LogLevel> level;
  std::optional<std::string> query;
};
BOOST_DESCRIBE_STRUCT(RunLogQuery, (), (after, limit, level, query))

struct RunLogPage {
  std::vector<RunLogLineDto> lines;  // in their order
  std::optional<std::int64_t> next;  // `after` of what follows; null when nothing will
  bool is_complete = false;          // the run has ended
  std::int64_t dropped = 0;          // lines that no longer fitted
};
BOOST_DESCRIBE_STRUCT(RunLogPage, (), (lines, next, is_complete, dropped))

namespace {

constexpr std::int64_t kUsualLines = 100;
constexpr std::int64_t kMostLines = 1000;
constexpr std::size_t kLongestText = 200;

Result<run_log_repo::Question> question_of(const RunLogQuery& query) {
  run_log_repo::Question out;
  const std::int64_t limit = query.limit.value_or(kUsualLines);
  if (limit < 1 || limit > kMostLines) return fail_field("/query/limit", "must be from 1 to 1000");
  out.limit = static_cast<std::size_t>(limit);
  if (query.after && *query.after < 0)
    return fail_field("/query/after", "must be the sequence of a line, or 0");
  out.after = query.after;
  out.least = query.level.value_or(LogLevel::debug);
  if (query.query && query.query->size() > kLongestText)
    return fail_field("/query/query", "must have at most 200 bytes");
  out.text = query.query.value_or("");
  return out;
}

Error no_such_run() {
  return {ErrorCode::not_found, "not_found", "there is no such run", {}, 0};
}

net::Response answer_of(std::string body, std::string_view media_type) {
  net::Response response;
  response.headers.set("Content-Type", std::string(media_type));
  response.headers.set("Cache-Control", "no-store");
  response.body = std::move(body);
  return response;
}

Task<Result<net::Response>> read_log(RunApiGround ground, net::RequestContext& context, RunLogQuery query) {
  FETTLE_CO_TRY(const run_log_repo::Question question, question_of(query));
  const auto id = RunId::parse(context.path_parameter("id"));
  if (!id) co_return std::unexpected(no_such_run());
  std::int64_t dropped = 0;
  if (const LiveRun* live = ground.engine.book().find(*id)) dropped = live->log.dropped();
  auto json = co_await ground.store.read(
      [id = *id, question, dropped](store::Session& session) -> Result<std::string> {
        // The state first: what comes behind it then belongs to a run that goes on.
        const auto run = run_repo::find(session, id);
        if (!run) return std::unexpected(no_such_run());
        const run_log_repo::Answer found = run_log_repo::read(session, id, question);
        RunLogPage page;
        for (const NumberedLine& line : found.lines) page.lines.push_back(run_log_line_dto(line));
        page.is_complete = !run->is_live();
        page.dropped = run->is_live() ? dropped : run->dropped_lines;
        if (!page.is_complete || found.has_more) page.next = found.next;
        return to_json(page);
      });
  if (!json) co_return std::unexpected(std::move(json).error());
  co_return answer_of(std::move(*json), "application/json");
}

Task<Result<net::Response>> download_log(RunApiGround ground, net::RequestContext& context) {
  const auto id = RunId::parse(context.path_parameter("id"));
  if (!id) co_return std::unexpected(no_such_run());
  auto text = co_await ground.store.read(
      [id = *id](store::Session& session) { return run_log_repo::read_plain(session, id); });
  if (!text) co_return std::unexpected(std::move(text).error());
  net::Response response = answer_of(std::move(*text), "text/plain; charset=utf-8");
  response.headers.set("Content-Disposition", "attachment; filename=\"" + id->text() + ".log\"");
  co_return response;
}

}  // namespace

void add_run_log_routes(net::Router& router, RunApiGround ground) {
  router.add_raw<RunLogQuery, RunLogPage>(
      {.method = net::Method::get,
       .path = "/api/v1/runs/{id}/log",
       .permission = Permission::view,
       .scope = net::ScopeSource::path_id,
       .operation = "get_run_log",
       .summary =
           "Lines of a run's log in their order: the newest, or with `after` those that follow a line."},
      [ground](net::RequestContext& context, RunLogQuery query) {
        return read_log(ground, context, std::move(query));
      });
  router.add_raw<net::None>(
      {.method = net::Method::get,
       .path = "/api/v1/runs/{id}/log.txt",
       .permission = Permission::view,
       .scope = net::ScopeSource::path_id,
       .operation = "download_run_log",
       .summary = "The whole log of a run as plain text.",
       .answer_media_type = "text/plain"},
      [ground](net::RequestContext& context, net::None) { return download_log(ground, context); });
}

}  // namespace fettle::runs

FETTLE_JSON(fettle::runs::RunLogPage)
FETTLE_QUERY(fettle::runs::RunLogQuery)
