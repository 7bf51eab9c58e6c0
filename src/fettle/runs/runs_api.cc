#include "fettle/runs/runs_api.h"

#include <algorithm>

#include "fettle/access/environments.h"
#include "fettle/base/json_codec.h"
#include "fettle/base/list_cursor.h"
#include "fettle/base/page_limit.h"
#include "fettle/base/text.h"
#include "fettle/net/router.h"
#include "fettle/runs/run_dto.h"
#include "fettle/runs/run_log_api.h"
#include "fettle/runs/run_repo.h"
#include "fettle/runs/run_rules.h"
#include "fettle/store/old_rows.h"

namespace fettle::runs {

struct RunsQuery {
  std::optional<std::string> environment;
  std::optional<HostId> host_id;
  std::optional<std::string> target_kind, target_id, plan;
  std::optional<std::string> state;  // with commas; "live": all that have not ended
  std::optional<ScheduleId> schedule_id;
  std::optional<WallTime> from, to;
  std::optional<std::int64_t> limit;
  std::optional<std::string> cursor;
};
BOOST_DESCRIBE_STRUCT(RunsQuery, (),
                      (environment, host_id, target_kind, target_id, plan, state, schedule_id, from, to,
                       limit, cursor))

struct NewRun {
  std::string plan, target_kind, target_id;
  std::optional<JsonText> parameters;
  std::optional<bool> dry_run;
};
BOOST_DESCRIBE_STRUCT(NewRun, (), (plan, target_kind, target_id, parameters, dry_run))

struct Rerun {
  std::optional<bool> failed_only;  // default: true
  std::optional<bool> dry_run;
};
BOOST_DESCRIBE_STRUCT(Rerun, (), (failed_only, dry_run))

struct PlanTaskDto {
  std::string name, title;
};
BOOST_DESCRIBE_STRUCT(PlanTaskDto, (), (name, title))

struct PlanDto {
  std::string name, title, target_kind;
  bool is_on_host = false;
  std::vector<PlanTaskDto> tasks;
  std::vector<std::string> parameters;
  std::string permission;
};
BOOST_DESCRIBE_STRUCT(PlanDto, (), (name, title, target_kind, is_on_host, tasks, parameters, permission))

namespace {

using net::Method;
using net::None;
using net::Page;
using net::RequestContext;

constexpr std::string_view kCursor = "run";  // of this list

Result<> read_states(const std::string& text, run_repo::Question& question) {
  for (const std::string_view part : split(text, ',')) {
    const std::string_view name = trim(part);
    if (name == "live") {
      question.is_live_only = true;
      continue;
    }
    const auto state = parse_run_state(name);
    if (!state) {
      return fail_field(
          "/query/state",
          "must be live, queued, dispatched, running, completed, completed_with_warnings, failed, "
          "cancelled, interrupted or abandoned, or several of them with commas");
    }
    question.states.push_back(*state);
  }
  // "live,failed" asks for more than what is live.
  if (question.is_live_only && !question.states.empty()) {
    question.is_live_only = false;
    for (const RunState state : {RunState::queued, RunState::dispatched, RunState::running})
      question.states.push_back(state);
  }
  return {};
}

Result<run_repo::Question> question_of(const RunApiGround& ground, const RequestContext& context,
                                       const RunsQuery& query) {
  run_repo::Question out;
  FETTLE_TRY(out.environments, ground.environments.listed(context.principal(), query.environment));
  FETTLE_TRY(out.limit, page_limit(query.limit));
  out.host = query.host_id;
  out.target_kind = query.target_kind;
  out.target_id = query.target_id;
  out.plan = query.plan;
  out.schedule = query.schedule_id;
  out.from = query.from;
  out.to = query.to;
  if (query.state) {
    if (auto read = read_states(*query.state, out); !read) return std::unexpected(std::move(read).error());
  }
  if (query.cursor) {
    FETTLE_TRY(out.before, parse_number_cursor(kCursor, *query.cursor));
  }
  return out;
}

Task<Result<Page<RunDto>>> list_runs(RunApiGround ground, RequestContext& context, RunsQuery query) {
  FETTLE_CO_TRY(run_repo::Question question, question_of(ground, context, query));
  FETTLE_CO_TRY(const run_repo::Answer answer,
                co_await ground.store.read([question = std::move(question)](store::Session& session) {
                  return run_repo::list(session, question);
                }));
  Page<RunDto> page;
  const WallTime now = ground.clock.wall_now();
  for (const Run& run : answer.runs) {
    // What has not ended is told as it is now, with the progress of its present step.
    const LiveRun* live = ground.engine.book().find(run.id);
    page.items.push_back(run_dto(live != nullptr ? live->run : run, now, WithSteps::no));
  }
  if (answer.next) page.next_cursor = format_cursor(kCursor, std::to_string(*answer.next));
  co_return page;
}

Error no_such_run() {
  return {ErrorCode::not_found, "not_found", "there is no such run", {}, 0};
}

RunDto accepted(RequestContext& context, const Run& run, WallTime now) {
  context.answer_headers().set("Location", "/api/v1/runs/" + run.id.text());
  return run_dto(run, now, WithSteps::yes);
}

/// What the same request began before, or what it begins now.
Task<Result<RunDto>> begin(RunApiGround ground, RequestContext& context, RunOrder order) {
  order.request = context.repeat_name();
  FETTLE_CO_TRY(std::optional<Run> run, co_await ground.engine.find_repeated(order));
  if (run) {
    context.answer_headers().set("Idempotency-Replayed", "true");
  } else {
    FETTLE_CO_TRY(run, co_await ground.engine.start(std::move(order)));
  }
  co_return accepted(context, *run, ground.clock.wall_now());
}

/// A plan may ask for more than the route does.
Result<> allow(const RequestContext& context, const Plan* plan, const EnvironmentId& environment) {
  if (plan == nullptr || context.principal().may(plan->permission, environment)) return {};
  return fail(ErrorCode::forbidden, "forbidden",
              "this plan takes the permission " + std::string(permission_name(plan->permission)));
}

Task<Result<RunDto>> start_run(RunApiGround ground, RequestContext& context, NewRun body) {
  const auto target = ground.engine.find_target(body.target_kind, body.target_id);
  if (!target) co_return fail(ErrorCode::not_found, "not_found", "there is no such target");
  if (auto allowed = context.require(target->environment); !allowed)
    co_return std::unexpected(std::move(allowed).error());
  if (auto allowed = allow(context, ground.engine.find_plan(body.plan), target->environment); !allowed)
    co_return std::unexpected(std::move(allowed).error());
  RunOrder order;
  order.plan = std::move(body.plan);
  order.target = *target;
  order.actor = access::actor_of(context.principal(), context.request());
  if (body.parameters) order.parameters = std::move(body.parameters->text);
  order.is_dry = body.dry_run.value_or(false);
  co_return co_await begin(ground, context, std::move(order));
}

Task<Result<Run>> find_run(RunApiGround ground, std::string id_text) {
  const auto id = RunId::parse(id_text);
  if (!id) co_return std::unexpected(no_such_run());
  FETTLE_CO_TRY(std::optional<Run> run, co_await ground.engine.find(*id));
  if (!run) co_return std::unexpected(no_such_run());
  co_return std::move(*run);
}

Task<Result<RunDto>> get_run(RunApiGround ground, RequestContext& context) {
  FETTLE_CO_TRY(const Run run, co_await find_run(ground, std::string(context.path_parameter("id"))));
  co_return run_dto(run, ground.clock.wall_now(), WithSteps::yes);
}

Task<Result<RunDto>> cancel_run(RunApiGround ground, RequestContext& context) {
  FETTLE_CO_TRY(const Run run, co_await find_run(ground, std::string(context.path_parameter("id"))));
  if (auto allowed = allow(context, ground.engine.find_plan(run.plan), run.target.environment); !allowed)
    co_return std::unexpected(std::move(allowed).error());
  FETTLE_CO_TRY(const Run now, co_await ground.engine.cancel(
                                   access::actor_of(context.principal(), context.request()), run.id));
  co_return accepted(context, now, ground.clock.wall_now());
}

Task<Result<RunDto>> rerun(RunApiGround ground, RequestContext& context, Rerun body) {
  FETTLE_CO_TRY(const Run run, co_await find_run(ground, std::string(context.path_parameter("id"))));
  if (auto allowed = allow(context, ground.engine.find_plan(run.plan), run.target.environment); !allowed)
    co_return std::unexpected(std::move(allowed).error());
  if (run.is_live())
    co_return fail(ErrorCode::conflict, "run_live", "this run has not ended; cancel it or wait for its end");
  const auto target = ground.engine.find_target(run.target.kind, run.target.id);
  if (!target) co_return fail(ErrorCode::not_found, "not_found", "its target is not there any more");
  // It may be elsewhere by now.
  if (auto allowed = context.require(target->environment); !allowed)
    co_return std::unexpected(std::move(allowed).error());
  if (auto allowed = allow(context, ground.engine.find_plan(run.plan), target->environment); !allowed)
    co_return std::unexpected(std::move(allowed).error());
  RunOrder order;
  order.plan = run.plan;
  order.target = *target;
  order.actor = access::actor_of(context.principal(), context.request());
  order.parameters = run.parameters;
  order.is_dry = body.dry_run.value_or(run.is_dry);
  order.rerun_of = run.id;
  if (body.failed_only.value_or(true)) {
    order.only_steps = unfinished_steps(run);
    if (order.only_steps.empty())
      co_return fail(ErrorCode::conflict, "nothing_failed",
                     "every step of this run ended well; with failed_only false all of them run again");
    // Another version may have made the run: with none of its steps left nothing would be done, and all well.
    if (const Plan* plan = ground.engine.find_plan(run.plan)) {
      std::erase_if(order.only_steps, [&](const std::string& name) {
        return std::ranges::find(plan->tasks, name, &PlanTask::name) == plan->tasks.end();
      });
    }
    if (order.only_steps.empty())
      co_return fail(ErrorCode::conflict, "nothing_failed",
                     "this version has none of the steps that did not end well; run the plan as a whole");
  }
  co_return co_await begin(ground, context, std::move(order));
}

PlanDto plan_dto(const Plan& plan) {
  PlanDto out{plan.name,
              plan.title,
              plan.target_kind,
              plan.is_on_host,
              {},
              plan.parameters,
              std::string(permission_name(plan.permission))};
  for (const PlanTask& task : plan.tasks) out.tasks.push_back({task.name, task.title});
  return out;
}

Task<std::optional<EnvironmentId>> environment_of(RunApiGround ground, std::string id_text) {
  auto run = co_await find_run(ground, std::move(id_text));
  if (!run) co_return std::nullopt;
  co_return run->target.environment;
}

const std::vector<std::string> kStartProblems{"target_busy", "host_offline", "agent_too_old",
                                              "too_many_runs"};

void add_changing_routes(net::Router& router, RunApiGround ground) {
  router.add<None, NewRun, RunDto>(
      {.method = Method::post,
       .path = "/api/v1/runs",
       .permission = Permission::operate,
       .scope = net::ScopeSource::handler,
       .operation = "start_run",
       .summary = "Runs a plan on a target. A target that has a run answers 409 with its `run_id`.",
       .success_status = 202,
       .problem_codes = kStartProblems,
       .body_limit_bytes = 2 * Engine::kMostParameterBytes},
      [ground](RequestContext& context, None, NewRun body) {
        return start_run(ground, context, std::move(body));
      });
  router.add<None, None, RunDto>(
      {.method = Method::post,
       .path = "/api/v1/runs/{id}/cancel",
       .permission = Permission::operate,
       .scope = net::ScopeSource::path_id,
       .operation = "cancel_run",
       .summary = "Asks a run to end; it ends when whoever carries it out has stopped.",
       .success_status = 202,
       .problem_codes = {"run_ended", "begun_elsewhere"}},
      [ground](RequestContext& context, None, None) { return cancel_run(ground, context); });
  std::vector<std::string> problems = kStartProblems;
  problems.insert(problems.end(), {"run_live", "nothing_failed"});
  router.add<None, Rerun, RunDto>(
      {.method = Method::post,
       .path = "/api/v1/runs/{id}/rerun",
       .permission = Permission::operate,
       .scope = net::ScopeSource::path_id,
       .operation = "rerun",
       .summary = "Runs what did not end well in a run that has ended, or all of it, once more.",
       .success_status = 202,
       .problem_codes = std::move(problems),
       .absent_body = "{}"},
      [ground](RequestContext& context, None, Rerun body) { return rerun(ground, context, body); });
}

void add_reading_routes(net::Router& router, RunApiGround ground) {
  router.add<RunsQuery, None, Page<RunDto>>({.method = Method::get,
                                             .path = "/api/v1/runs",
                                             .permission = Permission::view,
                                             .scope = net::ScopeSource::any,
                                             .operation = "list_runs",
                                             .summary = "Runs, newest first, without their steps."},
                                            [ground](RequestContext& context, RunsQuery query, None) {
                                              return list_runs(ground, context, std::move(query));
                                            });
  router.add<None, None, RunDto>(
      {.method = Method::get,
       .path = "/api/v1/runs/{id}",
       .permission = Permission::view,
       .scope = net::ScopeSource::path_id,
       .operation = "get_run",
       .summary = "A run with its steps."},
      [ground](RequestContext& context, None, None) { return get_run(ground, context); });
  router.add<None, None, Page<PlanDto>>({.method = Method::get,
                                         .path = "/api/v1/plans",
                                         .permission = Permission::view,
                                         .scope = net::ScopeSource::any,
                                         .operation = "list_plans",
                                         .summary = "The plans that there are; all at once."},
                                        [ground](RequestContext&, None, None) {
                                          Page<PlanDto> page;
                                          for (const Plan* plan : ground.engine.plans())
                                            page.items.push_back(plan_dto(*plan));
                                          return net::ready<Page<PlanDto>>(std::move(page));
                                        });
}

/// The stream's messages, under the names that it refers to.
void add_stream_schemas(net::Router& router) {
  SchemaBook book;
  const auto add_as = [&](const char* name, const std::string& reference) {
    router.add_schema(name, "{\"allOf\":[" + reference + "]}");
  };
  add_as("StreamRunUpdate", schema_of<RunUpdateDto>(book));
  add_as("StreamRunLog", schema_of<RunLogDto>(book));
  add_as("StreamMaintenanceProgress", schema_of<MaintenanceProgressDto>(book));
  add_as("StreamMaintenanceComplete", schema_of<MaintenanceCompleteDto>(book));
  for (auto& [name, schema] : book) {
    const bool is_message = name == "RunUpdate" || name == "RunLog" || name.starts_with("Maintenance");
    if (is_message) router.add_schema(std::move(name), std::move(schema));
  }
}

constexpr std::string_view kCountLive = "SELECT count(*) FROM run WHERE is_live = 1 AND environment_id = ?1";
constexpr const char* kForget =
    "DELETE FROM run WHERE sequence IN (SELECT sequence FROM run WHERE environment_id = ?1 AND is_live = 0"
    " LIMIT ?2)";

}  // namespace

void add_run_routes(net::Router& router, RunApiGround ground) {
  router.add_scope_resolver("run",
                            [ground](std::string id) { return environment_of(ground, std::move(id)); });
  add_reading_routes(router, ground);
  add_changing_routes(router, ground);
  add_run_log_routes(router, ground);
  add_stream_schemas(router);
}

std::int64_t count_live_in(store::Session& session, const EnvironmentId& environment) {
  return session
      .query_one(kCountLive, {environment.text()}, [](const store::Row& row) { return row.integer(0); })
      .value_or(0);
}

bool forget_environment(store::Session& session, const io::Clock& clock, const EnvironmentId& environment) {
  std::vector<std::string> keys{environment.text()};
  return store::remove_by_keys(session, clock, kForget, keys).is_end;
}

}  // namespace fettle::runs

FETTLE_QUERY(fettle::runs::RunsQuery)
FETTLE_JSON(fettle::runs::NewRun)
FETTLE_JSON(fettle::runs::Rerun)
FETTLE_JSON(fettle::runs::PlanDto)
FETTLE_JSON(fettle::net::Page<fettle::runs::PlanDto>)
FETTLE_JSON(fettle::net::Page<fettle::runs::RunDto>)
