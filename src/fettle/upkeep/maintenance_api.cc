#include "fettle/upkeep/maintenance_api.h"

#include "fettle/access/audit.h"
#include "fettle/access/builtin.h"
#include "fettle/base/json_codec.h"
#include "fettle/net/router.h"
#include "fettle/runs/run_dto.h"
#include "fettle/store/store.h"
#include "fettle/upkeep/upkeep_plan.h"
#include "fettle/upkeep/upkeep_service.h"

namespace fettle::upkeep {

struct MaintenanceOrder {
  std::optional<bool> dry_run;  // count what would be done, change nothing
};
BOOST_DESCRIBE_STRUCT(MaintenanceOrder, (), (dry_run))

struct MaintenanceTotalsDto {
  std::int64_t runs = 0, failed = 0, duration_ms = 0;
  runs::Counters counters;
};
BOOST_DESCRIBE_STRUCT(MaintenanceTotalsDto, (), (runs, failed, duration_ms, counters))

struct MaintenanceStatusDto {
  bool running = false;
  std::optional<runs::RunDto> run;          // the one that is live
  std::optional<std::string> current_step;  // the name of its present one
  std::vector<runs::RunStepDto>
      steps;  // of the live run, else of the last one, else those that there will be
  std::optional<runs::RunDto> last_run;  // as it ended
  std::optional<WallTime> next_run_at;
  bool is_enabled = true;
  std::int64_t interval_ms = 0;
  MaintenanceTotalsDto totals;  // over the lifetime of the data, without dry runs
};
BOOST_DESCRIBE_STRUCT(MaintenanceStatusDto, (),
                      (running, run, current_step, steps, last_run, next_run_at, is_enabled, interval_ms,
                       totals))

struct MaintenanceLogsQuery {
  std::optional<std::int64_t> limit;
};
BOOST_DESCRIBE_STRUCT(MaintenanceLogsQuery, (), (limit))

struct MaintenanceLineDto {
  runs::RunId run_id;
  std::int64_t sequence = 0;
  WallTime at;
  runs::LogLevel level = runs::LogLevel::info;
  std::uint32_t step = 0;
  std::string text;
  std::map<std::string, std::string> fields;
};
BOOST_DESCRIBE_STRUCT(MaintenanceLineDto, (), (run_id, sequence, at, level, step, text, fields))

struct MaintenanceLogsDto {
  std::vector<MaintenanceLineDto> lines;  // the newest last
  std::int64_t total = 0;                 // of the last ten runs
};
BOOST_DESCRIBE_STRUCT(MaintenanceLogsDto, (), (lines, total))

namespace {

using net::Method;
using net::None;
using net::RequestContext;

Task<Result<runs::RunDto>> run(MaintenanceGround ground, RequestContext& context, MaintenanceOrder order) {
  if (auto allowed = context.require(access::kSystemEnvironment); !allowed)
    co_return std::unexpected(std::move(allowed).error());
  access::Actor actor = access::actor_of(context.principal(), context.request());
  FETTLE_CO_TRY(
      const runs::Run started,
      co_await ground.upkeep.run_now(std::move(actor), order.dry_run.value_or(false), context.repeat_name()));
  context.answer_headers().set("Location", "/api/v1/runs/" + started.id.text());
  co_return runs::run_dto(started, ground.clock.wall_now(), runs::WithSteps::yes);
}

std::vector<runs::RunStepDto> steps_to_come(const runs::RunService& runs) {
  std::vector<runs::RunStepDto> out;
  const runs::Plan* plan = runs.find_plan(kPlanName);
  if (plan == nullptr) return out;
  for (const runs::PlanTask& task : plan->tasks) {
    runs::RunStepDto step;
    step.index = static_cast<std::int64_t>(out.size()) + 1;
    step.name = task.name;
    step.title = task.title;
    out.push_back(std::move(step));
  }
  return out;
}

std::optional<std::string> present_step(const runs::Run& run) {
  for (const runs::Step& step : run.steps)
    if (step.state == runs::StepState::running) return step.name;
  return std::nullopt;
}

Result<MaintenanceStatusDto> status(const MaintenanceGround& ground, RequestContext& context) {
  if (auto allowed = context.require(access::kSystemEnvironment); !allowed)
    return std::unexpected(std::move(allowed).error());
  const WallTime now = ground.clock.wall_now();
  const UpkeepService& upkeep = ground.upkeep;
  MaintenanceStatusDto out;
  if (const runs::Run* live = upkeep.live()) {
    out.running = true;
    out.run = runs::run_dto(*live, now, runs::WithSteps::yes);
    out.current_step = present_step(*live);
    out.steps = out.run->steps.value_or(std::vector<runs::RunStepDto>{});
  }
  if (upkeep.last()) out.last_run = runs::run_dto(*upkeep.last(), now, runs::WithSteps::yes);
  if (!out.running)
    out.steps = out.last_run ? out.last_run->steps.value_or(std::vector<runs::RunStepDto>{})
                             : steps_to_come(ground.runs);
  out.next_run_at = upkeep.next_at();
  out.is_enabled = upkeep.settings().is_on;
  out.interval_ms = Millis(upkeep.settings().interval).count();
  const UpkeepTotals& totals = upkeep.totals();
  out.totals = {totals.runs, totals.failed, totals.duration_ms, totals.counters};
  return out;
}

Task<Result<MaintenanceLogsDto>> logs(MaintenanceGround ground, RequestContext& context,
                                      MaintenanceLogsQuery query) {
  if (auto allowed = context.require(access::kSystemEnvironment); !allowed)
    co_return std::unexpected(std::move(allowed).error());
  constexpr std::int64_t kUsual = 100, kMost = 1000;
  const std::int64_t limit = query.limit.value_or(kUsual);
  if (limit < 1 || limit > kMost) co_return fail_field("/query/limit", "must be from 1 to 1000");
  co_return co_await ground.store.read([limit](store::Session& session) {
    MaintenanceLogsDto out;
    out.total = upkeep_repo::count_lines(session);
    for (const auto& [run, line] : upkeep_repo::newest_lines(session, static_cast<std::size_t>(limit))) {
      const runs::RunLogLineDto dto = runs::run_log_line_dto(line);
      out.lines.push_back({run, dto.sequence, dto.at, dto.level, dto.step, dto.text, dto.fields});
    }
    return out;
  });
}

/// The same under two names: the one of this API, and the one that programs may know from before.
void add_under(net::Router& router, const MaintenanceGround& ground, const std::string& base,
               const std::string& ending) {
  router.add<None, MaintenanceOrder, runs::RunDto>(
      {.method = Method::post,
       .path = base + "/run",
       .permission = Permission::operate,
       .scope = net::ScopeSource::handler,
       .operation = "run_maintenance" + ending,
       .summary = "Starts the server's own upkeep; a dry run counts what it would do. While one runs, 409 "
                  "with its id "
                  "in the field run_id.",
       .success_status = 202,
       .problem_codes = {"target_busy"},
       .absent_body = "{}"},
      [ground](RequestContext& context, None, MaintenanceOrder order) {
        return run(ground, context, order);
      });
  router.add<None, None, MaintenanceStatusDto>(
      {.method = Method::get,
       .path = base + "/status",
       .permission = Permission::view,
       .scope = net::ScopeSource::handler,
       .operation = "get_maintenance" + ending,
       .summary = "The server's own upkeep: whether it runs, all steps, the last run, the next, totals."},
      [ground](RequestContext& context, None, None) { return net::ready(status(ground, context)); });
  router.add<MaintenanceLogsQuery, None, MaintenanceLogsDto>(
      {.method = Method::get,
       .path = base + "/logs",
       .permission = Permission::view,
       .scope = net::ScopeSource::handler,
       .operation = "get_maintenance_logs" + ending,
       .summary = "The newest 1 to 1000 lines (100) of the logs of its last runs, the newest last."},
      [ground](RequestContext& context, MaintenanceLogsQuery query, None) {
        return logs(ground, context, query);
      });
}

}  // namespace

void add_maintenance_routes(net::Router& router, MaintenanceGround ground) {
  add_under(router, ground, "/api/v1/maintenance", "");
  add_under(router, ground, "/api/maintenance", "_by_old_path");
}

}  // namespace fettle::upkeep

FETTLE_JSON(fettle::upkeep::MaintenanceOrder)
FETTLE_JSON(fettle::upkeep::MaintenanceStatusDto)
FETTLE_JSON(fettle::upkeep::MaintenanceLogsDto)
FETTLE_QUERY(fettle::upkeep::MaintenanceLogsQuery)
