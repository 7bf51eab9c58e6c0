#include "fettle/runs/schedules_api.h"

#include "fettle/access/environments.h"
#include "fettle/base/json_codec.h"
#include "fettle/base/page_limit.h"
#include "fettle/runs/schedule_answers.h"

namespace fettle::runs {
namespace {

using net::Method;
using net::None;
using net::Page;
using net::RequestContext;

bool is_among(const std::vector<EnvironmentId>& environments, const LiveSchedule& live) {
  return std::ranges::find(environments, live.row.settings.target.environment) != environments.end();
}

/// Goes through the schedules by their ids, from behind the cursor on.
template <class Dto, class Query, class Fits, class Make>
Result<Page<Dto>> page_of(const ScheduleApiGround& ground, const RequestContext& context, const Query& query,
                          Fits fits, Make make) {
  FETTLE_TRY(const auto environments, ground.environments.listed(context.principal(), query.environment));
  FETTLE_TRY(const std::size_t limit, page_limit(query.limit));
  std::optional<ScheduleId> after;
  if (query.cursor) {
    after = ScheduleId::parse(*query.cursor);
    if (!after) return fail_field("/query/cursor", "must be the next_cursor of an earlier answer");
  }
  Page<Dto> page;
  const auto& all = ground.schedules.book().all();
  std::optional<ScheduleId> last;
  for (auto at = after ? all.upper_bound(*after) : all.begin(); at != all.end(); ++at) {
    if (!is_among(environments, at->second) || !fits(at->second)) continue;
    if (page.items.size() == limit) {
      page.next_cursor = last->text();
      break;
    }
    page.items.push_back(make(at->second));
    last = at->first;
  }
  return page;
}

Result<Page<ScheduleDto>> list(const ScheduleApiGround& ground, const RequestContext& context,
                               const SchedulesQuery& query) {
  return page_of<ScheduleDto>(
      ground, context, query,
      [&](const LiveSchedule& live) {
        const ScheduleSettings& settings = live.row.settings;
        return (!query.host_id || settings.target.host == query.host_id) &&
               (!query.plan || settings.plan == *query.plan) &&
               (!query.target_kind || settings.target.kind == *query.target_kind) &&
               (!query.target_id || settings.target.id == *query.target_id);
      },
      [&](const LiveSchedule& live) {
        return schedule_dto(live, ground.schedules.sentence(live), ground.clock.wall_now());
      });
}

Result<Page<PendingRunDto>> list_pending(const ScheduleApiGround& ground, const RequestContext& context,
                                         const PendingRunsQuery& query) {
  return page_of<PendingRunDto>(
      ground, context, query,
      [&](const LiveSchedule& live) {
        return live.pending.has_value() && (!query.host_id || live.row.settings.target.host == query.host_id);
      },
      pending_dto);
}

Task<Result<PreviewDto>> preview(ScheduleApiGround ground, PreviewAskedDto body) {
  constexpr std::int64_t kUsual = 10;
  constexpr std::int64_t kMost = 100;
  const std::int64_t count = body.count.value_or(kUsual);
  if (count < 1 || count > kMost) co_return fail_field("/body/count", "must be from 1 to 100");
  const Millis jitter(body.jitter_ms.value_or(0));
  if (jitter < Millis(0) || jitter > kMostJitter)
    co_return fail_field("/body/jitter_ms", "must be from 0 to 86400000 (a day)");
  // What an id chooses is computed from it alone, whether there is such a schedule or not.
  FETTLE_CO_TRY(const TimingPreview made,
                co_await ground.schedules.preview(std::move(body.timing), body.time_zone.value_or("UTC"),
                                                  jitter, static_cast<std::size_t>(count), body.schedule_id));
  co_return preview_dto(made);
}

void add_reading_routes(net::Router& router, ScheduleApiGround ground) {
  router.add<SchedulesQuery, None, Page<ScheduleDto>>(
      {.method = Method::get,
       .path = std::string(kSchedulesPath),
       .permission = Permission::view,
       .scope = net::ScopeSource::any,
       .operation = "list_schedules",
       .summary = "When plans are run on targets."},
      [ground](RequestContext& context, SchedulesQuery query, None) {
        return net::ready(list(ground, context, query));
      });
  router.add<None, None, ScheduleDto>(
      {.method = Method::get,
       .path = std::string(kSchedulesPath) + "/{id}",
       .permission = Permission::view,
       .scope = net::ScopeSource::path_id,
       .operation = "get_schedule",
       .summary = "A schedule."},
      [ground](RequestContext& context, None, None) {
        const auto live = find_schedule(ground, context);
        return net::ready<ScheduleDto>(live ? answer_schedule(ground, context, (*live)->row.id)
                                            : std::unexpected(live.error()));
      });
  router.add<PendingRunsQuery, None, Page<PendingRunDto>>(
      {.method = Method::get,
       .path = "/api/v1/pending-runs",
       .permission = Permission::view,
       .scope = net::ScopeSource::any,
       .operation = "list_pending_runs",
       .summary = "Scheduled runs that wait for their host or their target."},
      [ground](RequestContext& context, PendingRunsQuery query, None) {
        return net::ready(list_pending(ground, context, query));
      });
  router.add<None, PreviewAskedDto, PreviewDto>(
      {.method = Method::post,
       .path = std::string(kSchedulesPath) + "/preview",
       .permission = Permission::signed_in,
       .operation = "preview_schedule",
       .summary =
           "What a timing means: a sentence and the next times. A timing that is wrong answers 422 with "
           "`column` and `hint`.",
       .problem_codes = {"bad_timing", "never_fires", "unknown_zone"}},
      [ground](RequestContext& /*context*/, None, PreviewAskedDto body) {
        return preview(ground, std::move(body));
      });
}

}  // namespace

void add_schedule_routes(net::Router& router, ScheduleApiGround ground) {
  router.add_scope_resolver("schedule", [ground](std::string id_text) {
    const auto id = ScheduleId::parse(id_text);
    const LiveSchedule* live = id ? ground.schedules.book().find(*id) : nullptr;
    struct Answer {
      static Task<std::optional<EnvironmentId>> go(std::optional<EnvironmentId> found) { co_return found; }
    };
    return Answer::go(live == nullptr ? std::nullopt : std::optional(live->row.settings.target.environment));
  });
  add_reading_routes(router, ground);
  add_schedule_changing_routes(router, ground);
  add_ledger_route(router, ground);
}

}  // namespace fettle::runs

FETTLE_QUERY(fettle::runs::SchedulesQuery)
FETTLE_QUERY(fettle::runs::PendingRunsQuery)
FETTLE_JSON(fettle::runs::ScheduleDto)
FETTLE_JSON(fettle::runs::PreviewAskedDto)
FETTLE_JSON(fettle::runs::PreviewDto)
FETTLE_JSON(fettle::net::Page<fettle::runs::ScheduleDto>)
FETTLE_JSON(fettle::net::Page<fettle::runs::PendingRunDto>)
