#include "fettle/runs/schedules_api.h"

#include <charconv>

#include "fettle/access/environments.h"
#include "fettle/base/json_codec.h"
#include "fettle/base/page_limit.h"
#include "fettle/base/text.h"
#include "fettle/net/router.h"
#include "fettle/runs/schedule_dto.h"

namespace fettle::runs {
namespace {

using net::Method;
using net::None;
using net::Page;
using net::RequestContext;

constexpr std::string_view kPath = "/api/v1/schedules";

Error no_such_schedule() {
  return {ErrorCode::not_found, "not_found", "there is no such schedule", {}, 0};
}

std::string etag_of(const LiveSchedule& live) {
  return '"' + std::to_string(live.row.revision) + '"';
}

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

bool is_among(const std::vector<EnvironmentId>& environments, const LiveSchedule& live) {
  return std::ranges::find(environments, live.row.settings.target.environment) != environments.end();
}

/// A plan may ask for more than the route does.
Result<> allow(const ScheduleApiGround& ground, const RequestContext& context, const std::string& plan_name,
               const EnvironmentId& environment) {
  const Plan* plan = ground.runs.find_plan(plan_name);
  if (plan == nullptr || context.principal().may(plan->permission, environment)) return {};
  return fail(ErrorCode::forbidden, "forbidden",
              "this plan takes the permission " + std::string(permission_name(plan->permission)));
}

Result<const LiveSchedule*> find(const ScheduleApiGround& ground, const RequestContext& context) {
  const auto id = ScheduleId::parse(context.path_parameter("id"));
  const LiveSchedule* live = id ? ground.schedules.book().find(*id) : nullptr;
  if (live == nullptr) return std::unexpected(no_such_schedule());
  return live;
}

Result<ScheduleDto> answer(const ScheduleApiGround& ground, RequestContext& context, const ScheduleId& id) {
  const LiveSchedule* live = ground.schedules.book().find(id);
  if (live == nullptr) return std::unexpected(no_such_schedule());
  context.answer_headers().set("ETag", etag_of(*live));
  return schedule_dto(*live, ground.schedules.sentence(*live));
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
      [&](const LiveSchedule& live) { return schedule_dto(live, ground.schedules.sentence(live)); });
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
  FETTLE_CO_TRY(const ScheduleId id, co_await ground.schedules.add(actor_of(context), std::move(settings)));
  context.answer_headers().set("Location", std::string(kPath) + "/" + id.text());
  co_return answer(ground, context, id);
}

Task<Result<ScheduleDto>> change(ScheduleApiGround ground, RequestContext& context, ScheduleEditDto body) {
  FETTLE_CO_TRY(const auto revision, wanted_revision(context));
  FETTLE_CO_TRY(const LiveSchedule* live, find(ground, context));
  ScheduleSettings settings = live->row.settings;
  if (auto allowed = allow(ground, context, settings.plan, settings.target.environment); !allowed)
    co_return std::unexpected(std::move(allowed).error());
  if (auto taken = take_edit(settings, std::move(body)); !taken)
    co_return std::unexpected(std::move(taken).error());
  const ScheduleId id = live->row.id;
  auto changed = co_await ground.schedules.change(actor_of(context), id, std::move(settings), revision);
  if (!changed) co_return std::unexpected(std::move(changed).error());
  co_return answer(ground, context, id);
}

Task<Result<None>> remove(ScheduleApiGround ground, RequestContext& context) {
  FETTLE_CO_TRY(const auto revision, wanted_revision(context));
  FETTLE_CO_TRY(const LiveSchedule* live, find(ground, context));
  const ScheduleSettings& settings = live->row.settings;
  if (auto allowed = allow(ground, context, settings.plan, settings.target.environment); !allowed)
    co_return std::unexpected(std::move(allowed).error());
  auto removed = co_await ground.schedules.remove(actor_of(context), live->row.id, revision);
  if (!removed) co_return std::unexpected(std::move(removed).error());
  co_return None{};
}

Task<Result<RunDto>> run_now(ScheduleApiGround ground, RequestContext& context) {
  FETTLE_CO_TRY(const LiveSchedule* live, find(ground, context));
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
  FETTLE_CO_TRY(const Run run, co_await ground.schedules.run_now(actor_of(context), live->row.id));
  context.answer_headers().set("Location", "/api/v1/runs/" + run.id.text());
  co_return run_dto(run, ground.clock.wall_now(), WithSteps::yes);
}

Task<Result<PreviewDto>> preview(ScheduleApiGround ground, RequestContext& context, PreviewAskedDto body) {
  constexpr std::int64_t kUsual = 10;
  constexpr std::int64_t kMost = 100;
  const std::int64_t count = body.count.value_or(kUsual);
  if (count < 1 || count > kMost) co_return fail_field("/body/count", "must be from 1 to 100");
  const Millis jitter(body.jitter_ms.value_or(0));
  if (jitter < Millis(0) || jitter > kMostJitter)
    co_return fail_field("/body/jitter_ms", "must be from 0 to 86400000 (a day)");
  // Of one that may not be seen nothing is told either.
  std::optional<ScheduleId> id = body.schedule_id;
  const LiveSchedule* live = id ? ground.schedules.book().find(*id) : nullptr;
  if (live == nullptr || !context.principal().may(Permission::view, live->row.settings.target.environment))
    id.reset();
  FETTLE_CO_TRY(const TimingPreview made,
                co_await ground.schedules.preview(std::move(body.timing), body.time_zone.value_or("UTC"),
                                                  jitter, static_cast<std::size_t>(count), id));
  co_return preview_dto(made);
}

/// "1767225600.schedule_....0"
std::string format_place(const ledger_repo::Place& place) {
  return std::to_string(place.nominal.time_since_epoch().count()) + '.' + place.schedule.text() + '.' +
         std::to_string(place.fold);
}

Result<ledger_repo::Place> parse_place(std::string_view cursor) {
  const auto parts = split(cursor, '.');
  std::int64_t nominal = 0;
  std::int32_t fold = 0;
  const auto read = [](std::string_view text, auto& into) {
    const auto done = std::from_chars(text.data(), text.data() + text.size(), into);
    return done.ec == std::errc{} && done.ptr == text.data() + text.size();
  };
  constexpr std::size_t kParts = 3;
  const auto id = parts.size() == kParts ? ScheduleId::parse(parts[1]) : std::nullopt;
  if (!id || !read(parts[0], nominal) || !read(parts[2], fold))
    return fail_field("/query/cursor", "must be the next_cursor of an earlier answer");
  return ledger_repo::Place{Instant(Seconds(nominal)), *id, fold};
}

Result<ledger_repo::Filter> filter_of(const ScheduleApiGround& ground, const RequestContext& context,
                                      const LedgerQuery& query) {
  ledger_repo::Filter out;
  FETTLE_TRY(out.environments, ground.environments.listed(context.principal(), query.environment));
  FETTLE_TRY(out.limit, page_limit(query.limit));
  out.schedule = query.schedule_id;
  out.host = query.host_id;
  if (query.from) out.from = std::chrono::ceil<Seconds>(*query.from);
  if (query.to) out.to = std::chrono::ceil<Seconds>(*query.to);
  if (query.outcome) {
    for (const std::string_view name : split(*query.outcome, ',')) {
      const auto outcome = parse_outcome(trim(name));
      if (!outcome)
        return fail_field(
            "/query/outcome",
            "must be ran, late, skipped, blocked, missed or superseded, or several with commas");
      out.outcomes.push_back(*outcome);
    }
  }
  if (query.cursor) {
    FETTLE_TRY(out.after, parse_place(*query.cursor));
  }
  return out;
}

Task<Result<Page<LedgerRowDto>>> list_ledger(ScheduleApiGround ground, RequestContext& context,
                                             LedgerQuery query) {
  FETTLE_CO_TRY(ledger_repo::Filter filter, filter_of(ground, context, query));
  FETTLE_CO_TRY(const ledger_repo::Answer answer, co_await ground.schedules.ledger(std::move(filter)));
  Page<LedgerRowDto> page;
  for (const ledger_repo::Row& row : answer.rows) page.items.push_back(ledger_dto(row));
  if (answer.next) page.next_cursor = format_place(*answer.next);
  co_return page;
}

const net::RequestHeader kIfMatch{"If-Match", "The ETag that the schedule must still have; else 412."};

void add_reading_routes(net::Router& router, ScheduleApiGround ground) {
  router.add<SchedulesQuery, None, Page<ScheduleDto>>(
      {.method = Method::get,
       .path = std::string(kPath),
       .permission = Permission::view,
       .scope = net::ScopeSource::any,
       .operation = "list_schedules",
       .summary = "When plans are run on targets."},
      [ground](RequestContext& context, SchedulesQuery query, None) {
        return net::ready(list(ground, context, query));
      });
  router.add<None, None, ScheduleDto>(
      {.method = Method::get,
       .path = std::string(kPath) + "/{id}",
       .permission = Permission::view,
       .scope = net::ScopeSource::path_id,
       .operation = "get_schedule",
       .summary = "A schedule."},
      [ground](RequestContext& context, None, None) {
        const auto live = find(ground, context);
        return net::ready<ScheduleDto>(live ? answer(ground, context, (*live)->row.id)
                                            : std::unexpected(live.error()));
      });
  router.add<LedgerQuery, None, Page<LedgerRowDto>>(
      {.method = Method::get,
       .path = "/api/v1/ledger",
       .permission = Permission::view,
       .scope = net::ScopeSource::any,
       .operation = "list_ledger",
       .summary = "Where every due time ended, the newest first."},
      [ground](RequestContext& context, LedgerQuery query, None) {
        return list_ledger(ground, context, std::move(query));
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
       .path = std::string(kPath) + "/preview",
       .permission = Permission::signed_in,
       .operation = "preview_schedule",
       .summary =
           "What a timing means: a sentence and the next times. A timing that is wrong answers 422 with "
           "`column` and `hint`.",
       .problem_codes = {"bad_timing", "never_fires", "unknown_zone"}},
      [ground](RequestContext& context, None, PreviewAskedDto body) {
        return preview(ground, context, std::move(body));
      });
}

void add_changing_routes(net::Router& router, ScheduleApiGround ground) {
  const std::vector<std::string> problems{"bad_timing", "never_fires", "unknown_zone", "name_taken"};
  std::vector<std::string> adding = problems;
  adding.emplace_back("too_many");
  router.add<None, NewScheduleDto, ScheduleDto>({.method = Method::post,
                                                 .path = std::string(kPath),
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
       .path = std::string(kPath) + "/{id}",
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
       .path = std::string(kPath) + "/{id}",
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
       .path = std::string(kPath) + "/{id}/run",
       .permission = Permission::operate,
       .scope = net::ScopeSource::path_id,
       .operation = "run_schedule",
       .summary = "Runs its plan on its target now, whatever is due.",
       .success_status = 202,
       .problem_codes = {"target_busy", "host_offline", "agent_too_old", "too_many_runs"}},
      [ground](RequestContext& context, None, None) { return run_now(ground, context); });
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
  add_changing_routes(router, ground);
}

}  // namespace fettle::runs

FETTLE_QUERY(fettle::runs::SchedulesQuery)
FETTLE_QUERY(fettle::runs::LedgerQuery)
FETTLE_QUERY(fettle::runs::PendingRunsQuery)
FETTLE_JSON(fettle::runs::NewScheduleDto)
FETTLE_JSON(fettle::runs::ScheduleEditDto)
FETTLE_JSON(fettle::runs::ScheduleDto)
FETTLE_JSON(fettle::runs::PreviewAskedDto)
FETTLE_JSON(fettle::runs::PreviewDto)
FETTLE_JSON(fettle::net::Page<fettle::runs::ScheduleDto>)
FETTLE_JSON(fettle::net::Page<fettle::runs::LedgerRowDto>)
FETTLE_JSON(fettle::net::Page<fettle::runs::PendingRunDto>)
