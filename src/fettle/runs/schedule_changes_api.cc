// Routes that make, change, remove and run schedules.
#include <charconv>

#include "fettle/base/json_codec.h"
#include "fettle/runs/run_dto.h"
#include "fettle/runs/schedule_answers.h"

namespace fettle::runs {
namespace {

using net::Method;
using net::None;
using net::RequestContext;

/// The revision that If-Match names; nothing when there is none, or when any will do.
Result<std::optional<std::int64_t>> wanted_revision(const RequestContext& context) {
  const std::string_view tag = context.request().headers.get("If-Match");
  if (tag.empty() || tag == "*") return std::nullopt;
  std::int64_t revision = 0;
  if (tag.size() > 2 && tag.front() == '"' && tag.back() == '"') {
    const char* end = tag.data() + tag.size() - 1;
    const auto read = std::from_chars(tag.data() + 1, end, revision);
    if (read.ec == std::errc{} && read.ptr == end) return revision;
  }
  return fail(ErrorCode::precondition_failed, "changed_meanwhile",
              "somebody else has changed this schedule meanwhile; look at it again");
}

access::Actor actor_of(const RequestContext& context) {
  return access::actor_of(context.principal(), context.request());
}

/// A plan may ask for more than the route does.
Result<> allow(const ScheduleApiGround& ground, const RequestContext& context, const std::string& plan_name,
               const EnvironmentId& environment) {
  const Plan* plan = ground.runs.find_plan(plan_name);
  if (plan == nullptr || context.principal().may(plan->permission, environment)) return {};
  return fail(ErrorCode::forbidden, "forbidden",
              "this plan takes the permission " + std::string(permission_name(plan->permission)));
}

Task<Result<ScheduleDto>> add(ScheduleApiGround ground, RequestContext& context, NewScheduleDto body) {
  const auto target = ground.runs.find_target(body.target_kind, body.target_id);
  if (!target) co_return fail_field("/body/target_id", "there is no such target");
  if (auto allowed = context.require(target->environment); !allowed)
    co_return std::unexpected(std::move(allowed).error());
  if (auto allowed = allow(ground, context, body.plan, target->environment); !allowed)
    co_return std::unexpected(std::move(allowed).error());
  ScheduleSettings settings;
  settings.plan = std::move(body.plan);
  settings.target = *target;
  const bool has_catch_up = body.catch_up_ms.has_value();
  auto taken =
      take_edit(settings, {std::move(body.name), std::move(body.parameters), std::move(body.timing),
                           std::move(body.time_zone), body.jitter_ms, body.misfire, body.misfire_limit,
                           body.catch_up_ms, body.overlap, body.is_enabled, body.retry});
  if (!taken) co_return std::unexpected(std::move(taken).error());
  if (!has_catch_up) settings.catch_up = co_await ground.schedules.usual_catch_up_of(settings);
  FETTLE_CO_TRY(const ScheduleId id,
                co_await ground.schedules.add(actor_of(context), std::move(settings), body.id));
  context.answer_headers().set("Location", std::string(kSchedulesPath) + "/" + id.text());
  co_return answer_schedule(ground, context, id);
}

Task<Result<ScheduleDto>> change(ScheduleApiGround ground, RequestContext& context, ScheduleEditDto body) {
  FETTLE_CO_TRY(const auto revision, wanted_revision(context));
  FETTLE_CO_TRY(const LiveSchedule* live, find_schedule(ground, context));
  ScheduleSettings settings = live->row.settings;
  if (auto allowed = allow(ground, context, settings.plan, settings.target.environment); !allowed)
    co_return std::unexpected(std::move(allowed).error());
  if (auto taken = take_edit(settings, std::move(body)); !taken)
    co_return std::unexpected(std::move(taken).error());
  const ScheduleId id = live->row.id;
  auto changed = co_await ground.schedules.change(actor_of(context), id, std::move(settings), revision);
  if (!changed) co_return std::unexpected(std::move(changed).error());
  co_return answer_schedule(ground, context, id);
}

Task<Result<None>> remove(ScheduleApiGround ground, RequestContext& context) {
  FETTLE_CO_TRY(const auto revision, wanted_revision(context));
  FETTLE_CO_TRY(const LiveSchedule* live, find_schedule(ground, context));
  const ScheduleSettings& settings = live->row.settings;
  if (auto allowed = allow(ground, context, settings.plan, settings.target.environment); !allowed)
    co_return std::unexpected(std::move(allowed).error());
  auto removed = co_await ground.schedules.remove(actor_of(context), live->row.id, revision);
  if (!removed) co_return std::unexpected(std::move(removed).error());
  co_return None{};
}

Task<Result<RunDto>> run_now(ScheduleApiGround ground, RequestContext& context) {
  FETTLE_CO_TRY(const LiveSchedule* live, find_schedule(ground, context));
  const ScheduleSettings& settings = live->row.settings;
  if (auto allowed = allow(ground, context, settings.plan, settings.target.environment); !allowed)
    co_return std::unexpected(std::move(allowed).error());
  // The schedule follows a target that moves a moment later.
  if (const auto target = ground.runs.find_target(settings.target.kind, settings.target.id)) {
    if (auto allowed = context.require(target->environment); !allowed)
      co_return std::unexpected(std::move(allowed).error());
    if (auto allowed = allow(ground, context, settings.plan, target->environment); !allowed)
      co_return std::unexpected(std::move(allowed).error());
  }
  FETTLE_CO_TRY(const Run run,
                co_await ground.schedules.run_now(actor_of(context), live->row.id, context.repeat_name()));
  context.answer_headers().set("Location", "/api/v1/runs/" + run.id.text());
  co_return run_dto(run, ground.clock.wall_now(), WithSteps::yes);
}

const net::RequestHeader kIfMatch{"If-Match", "The ETag that the schedule must still have; else 412."};

}  // namespace

void add_schedule_changing_routes(net::Router& router, ScheduleApiGround ground) {
  const std::vector<std::string> problems{"bad_timing", "never_fires", "unknown_zone", "name_taken"};
  std::vector<std::string> adding = problems;
  adding.emplace_back("too_many");
  adding.emplace_back("id_taken");
  router.add<None, NewScheduleDto, ScheduleDto>({.method = Method::post,
                                                 .path = std::string(kSchedulesPath),
                                                 .permission = Permission::operate,
                                                 .scope = net::ScopeSource::handler,
                                                 .operation = "make_schedule",
                                                 .summary = "Makes a schedule; it counts from now on.",
                                                 .success_status = 201,
                                                 .problem_codes = std::move(adding)},
                                                [ground](RequestContext& context, None, NewScheduleDto body) {
                                                  return add(ground, context, std::move(body));
                                                });
  std::vector<std::string> changing = problems;
  changing.emplace_back("changed_meanwhile");
  router.add<None, ScheduleEditDto, ScheduleDto>(
      {.method = Method::patch,
       .path = std::string(kSchedulesPath) + "/{id}",
       .permission = Permission::operate,
       .scope = net::ScopeSource::path_id,
       .operation = "change_schedule",
       .summary = "Changes what is given. Another time, and switching on, count from now on.",
       .problem_codes = std::move(changing),
       .request_headers = {kIfMatch}},
      [ground](RequestContext& context, None, ScheduleEditDto body) {
        return change(ground, context, std::move(body));
      });
  router.add<None, None, None>(
      {.method = Method::del,
       .path = std::string(kSchedulesPath) + "/{id}",
       .permission = Permission::operate,
       .scope = net::ScopeSource::path_id,
       .operation = "remove_schedule",
       .summary = "Removes a schedule and its pending run; its runs and its ledger stay.",
       .success_status = 204,
       .problem_codes = {"changed_meanwhile"},
       .request_headers = {kIfMatch}},
      [ground](RequestContext& context, None, None) { return remove(ground, context); });
  router.add<None, None, RunDto>(
      {.method = Method::post,
       .path = std::string(kSchedulesPath) + "/{id}/run",
       .permission = Permission::operate,
       .scope = net::ScopeSource::path_id,
       .operation = "run_schedule",
       .summary = "Runs its plan on its target now, whatever is due.",
       .success_status = 202,
       .problem_codes = {"target_busy", "host_offline", "agent_too_old", "too_many_runs"}},
      [ground](RequestContext& context, None, None) { return run_now(ground, context); });
}

}  // namespace fettle::runs

FETTLE_JSON(fettle::runs::NewScheduleDto)
FETTLE_JSON(fettle::runs::ScheduleEditDto)
