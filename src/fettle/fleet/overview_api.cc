#include "fettle/access/environments.h"
#include "fettle/base/json_codec.h"
#include "fettle/fleet/fleet_service.h"
#include "fettle/fleet/uptime_repo.h"
#include "fettle/fleet/watch_api.h"
#include "fettle/fleet/watch_dto.h"
#include "fettle/net/router.h"

namespace fettle::fleet {
namespace {

using net::Method;
using net::None;
using net::RequestContext;

constexpr std::size_t kMostSpans = 500;
constexpr std::chrono::hours kDay{24};
constexpr std::array kWindows{kDay, 7 * kDay, 30 * kDay};

Task<Result<UptimeAnswerDto>> uptime(WatchApiGround ground, std::string host_id, UptimeQuery query) {
  const auto id = HostId::parse(host_id);
  const LiveHost* host = id ? ground.fleet.roster().find(*id) : nullptr;
  if (host == nullptr) co_return fail(ErrorCode::not_found, "not_found", "there is no such host");
  const WallTime now = wall_from_unix_ms(unix_ms(ground.clock.wall_now()));
  UptimeAnswerDto out;
  out.host_id = *id;
  out.to = std::min(query.to.value_or(now), now);
  out.from = query.from.value_or(out.to - kDay);
  if (out.from >= out.to) co_return fail_field("/query/from", "must be earlier than to, and than now");
  const WallTime first = std::min(out.from, now - kWindows.back());
  const HostNumber number = host->row.number;
  FETTLE_CO_TRY(auto records, co_await ground.fleet.store().read([number, first](store::Session& session) {
    return uptime_repo::read(session, number, first);
  }));
  // The row of this life is up to a minute behind.
  if (!records.lives.empty() && records.lives.back().from >= ground.fleet.life().began_at())
    records.lives.back().to = std::max(records.lives.back().to, now);
  const auto spans = decide_spans(records.changes, records.lives, first, now);
  for (const auto& window : kWindows) {
    const Uptime sum = decide_uptime(spans, now - window, now);
    out.uptime.push_back(
        {window.count(), sum.percent(), sum.online.count(), sum.offline.count(), sum.unknown.count()});
  }
  for (const StateSpan& span : spans) {
    const WallTime from = std::max(span.from, out.from), to = std::min(span.to, out.to);
    if (from < to) out.spans.push_back({from, to, span.state, span.reason});
  }
  if (out.spans.size() > kMostSpans)
    out.spans.erase(out.spans.begin(), out.spans.end() - static_cast<std::ptrdiff_t>(kMostSpans));
  co_return out;
}

Result<OverviewDto> overview(WatchApiGround ground, const RequestContext& context,
                             const ThresholdsQuery& query) {
  std::vector<EnvironmentId> environments = context.principal().environments_with(Permission::view);
  if (query.environment) {
    const auto id = ground.environments.find(*query.environment);
    if (!id || !context.principal().may(Permission::view, *id))
      return fail_field("/query/environment",
                        "must be the id or the name of an environment that you may see");
    environments = {*id};
  }
  OverviewDto out;
  const auto hosts = ground.fleet.roster().counts(environments);
  out.waiting = hosts[static_cast<std::size_t>(HostState::waiting)];
  out.online = hosts[static_cast<std::size_t>(HostState::online)];
  out.late = hosts[static_cast<std::size_t>(HostState::late)];
  out.offline = hosts[static_cast<std::size_t>(HostState::offline)];
  out.hosts = out.waiting + out.online + out.late + out.offline;
  const events::ConditionCounts conditions = ground.fleet.conditions().counts(environments);
  out.condition_errors = conditions.errors;
  out.condition_warnings = conditions.warnings;
  out.conditions_quiet = conditions.quiet;
  out.errors_24h = ground.fleet.events().errors_lately(environments, ground.clock.wall_now());
  return out;
}

}  // namespace

void add_overview_routes(net::Router& router, WatchApiGround ground) {
  router.add<UptimeQuery, None, UptimeAnswerDto>(
      {.method = Method::get,
       .path = "/api/v1/hosts/{id}/uptime",
       .permission = Permission::view,
       .scope = net::ScopeSource::path_id,
       .operation = "get_host_uptime",
       .summary = "How much of 24 h, 7 d and 30 d a host was online, and the states that it had."},
      [ground](RequestContext& context, UptimeQuery query, None) {
        return uptime(ground, std::string(context.path_parameter("id")), query);
      });
  router.add<ThresholdsQuery, None, OverviewDto>(
      {.method = Method::get,
       .path = "/api/v1/overview",
       .permission = Permission::view,
       .scope = net::ScopeSource::any,
       .operation = "get_overview",
       .summary = "Counts of hosts, open conditions and errors, in the environments that one may see."},
      [ground](RequestContext& context, const ThresholdsQuery& query, None) {
        return net::ready(overview(ground, context, query));
      });
}

}  // namespace fettle::fleet

FETTLE_JSON(fettle::fleet::UptimeAnswerDto)
FETTLE_JSON(fettle::fleet::OverviewDto)
FETTLE_QUERY(fettle::fleet::UptimeQuery)
