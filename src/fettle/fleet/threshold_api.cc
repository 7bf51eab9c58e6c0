#include <charconv>
#include <cmath>

#include "fettle/access/environments.h"
#include "fettle/base/json_codec.h"
#include "fettle/fleet/fleet_service.h"
#include "fettle/fleet/watch_api.h"
#include "fettle/fleet/watch_dto.h"
#include "fettle/net/router.h"

namespace fettle::fleet {
namespace {

using net::Method;
using net::None;
using net::Page;
using net::RequestContext;

constexpr std::size_t kLongestText = 256;
constexpr std::int64_t kLongestHold = 7 * 86'400;

std::optional<double> unless_none(double value) {
  return std::isnan(value) ? std::nullopt : std::optional(value);
}

std::string etag_of(const Threshold& threshold) {
  return '"' + std::to_string(threshold.version) + '"';
}

ThresholdDto threshold_dto(const Threshold& one) {
  return {one.id,         one.environment, one.host,
          one.label,      one.target,      std::string(watch_kind(one.kind).kind),
          one.warning,    one.error,       one.hold_seconds,
          one.is_watched, one.changed_at,  one.changed_by,
          etag_of(one)};
}

WatchKindDto kind_dto(const WatchKind& kind) {
  return {std::string(kind.kind),
          std::string(kind.summary),
          std::string(kind.unit),
          kind.is_below,
          kind.has_limits,
          unless_none(kind.warning),
          unless_none(kind.error),
          kind.hold_seconds,
          kind.least,
          kind.most};
}

Page<WatchKindDto> all_kinds() {
  Page<WatchKindDto> page;
  for (const WatchKind& kind : watch_kinds()) page.items.push_back(kind_dto(kind));
  return page;
}

/// The values of an override; each fault beside its field.
Result<> take_values(Threshold& into, const ThresholdValuesDto& values) {
  const WatchKind& kind = watch_kind(into.kind);
  Error error{ErrorCode::unprocessable, "invalid_field", {}, {}, 0};
  const auto refuse = [&](std::string_view field, std::string detail) {
    error.fields.push_back({"/body/" + std::string(field), std::move(detail)});
  };
  const auto check = [&](std::string_view field, const std::optional<double>& value) {
    if (!value) return;
    if (!kind.has_limits) return refuse(field, "this kind has no limits; it is watched or not");
    if (!std::isfinite(*value) || *value < kind.least || *value > kind.most)
      refuse(field, "must be from " + watch_value(kind, kind.least) + " to " + watch_value(kind, kind.most));
  };
  check("warning", values.warning);
  check("error", values.error);
  if (values.warning && values.error && error.fields.empty()) {
    const bool is_turned = kind.is_below ? *values.error > *values.warning : *values.error < *values.warning;
    if (is_turned)
      refuse("error", kind.is_below ? "must not be above the warning" : "must not be below the warning");
  }
  if (values.hold_seconds && (*values.hold_seconds < 0 || *values.hold_seconds > kLongestHold))
    refuse("hold_seconds", "must be from 0 to 604,800 (a week)");
  if (values.hold_seconds && !kind.has_limits)
    refuse("hold_seconds", "this kind has no limits; it is watched or not");
  if (!values.warning && !values.error && !values.hold_seconds && !values.is_watched)
    refuse("warning", "give at least one value; an override without any changes nothing");
  if (!error.fields.empty()) {
    error.detail = error.fields.front().detail;
    return std::unexpected(std::move(error));
  }
  into.warning = values.warning;
  into.error = values.error;
  into.hold_seconds = values.hold_seconds;
  into.is_watched = values.is_watched;
  return {};
}

Result<Threshold> threshold_of(Fleet& fleet, const NewThresholdDto& body) {
  Threshold out;
  out.environment = body.environment_id;
  const WatchKind* kind = find_watch_kind(body.kind);
  if (kind == nullptr) return fail_field("/body/kind", "must be one of GET /api/v1/watch-kinds");
  out.kind = kind->id;
  if (body.host_id && body.label) return fail_field("/body/label", "give a host or a label, not both");
  if (body.host_id) {
    const LiveHost* host = fleet.roster().find(*body.host_id);
    if (host == nullptr || host->row.environment != body.environment_id)
      return fail_field("/body/host_id", "must be a host of this environment");
  }
  const auto is_bad = [](const std::optional<std::string>& text) {
    return text && (text->empty() || text->size() > kLongestText);
  };
  if (is_bad(body.label)) return fail_field("/body/label", "must be a label as \"role\" or \"role=db\"");
  if (is_bad(body.target)) return fail_field("/body/target", "must be what the condition names, as \"/var\"");
  out.host = body.host_id;
  out.label = body.label;
  out.target = body.target;
  if (auto taken = take_values(out, {body.warning, body.error, body.hold_seconds, body.is_watched}); !taken)
    return std::unexpected(std::move(taken).error());
  return out;
}

/// The version that If-Match names; that of `known` when there is none, or when any will do.
Result<std::int64_t> wanted_version(const RequestContext& context, const Threshold& known) {
  const std::string_view tag = context.request().headers.get("If-Match");
  if (tag.empty() || tag == "*" || tag == etag_of(known)) return known.version;
  return fail(ErrorCode::precondition_failed, "changed_meanwhile",
              "somebody else changed it meanwhile; look at it again");
}

Result<Page<ThresholdDto>> list(WatchApiGround ground, const RequestContext& context,
                                const ThresholdsQuery& query) {
  std::vector<EnvironmentId> environments = context.principal().environments_with(Permission::view);
  if (query.environment) {
    const auto id = ground.environments.find(*query.environment);
    if (!id || !context.principal().may(Permission::view, *id))
      return fail_field("/query/environment",
                        "must be the id or the name of an environment that you may see");
    environments = {*id};
  }
  Page<ThresholdDto> page;
  for (const Threshold& one : ground.fleet.thresholds().all())
    if (std::ranges::find(environments, one.environment) != environments.end())
      page.items.push_back(threshold_dto(one));
  return page;
}

Task<Result<ThresholdDto>> add(WatchApiGround ground, RequestContext& context, NewThresholdDto body) {
  if (auto allowed = context.require(body.environment_id); !allowed)
    co_return std::unexpected(std::move(allowed).error());
  FETTLE_CO_TRY(Threshold threshold, threshold_of(ground.fleet, body));
  FETTLE_CO_TRY(const Threshold made,
                co_await ground.fleet.thresholds().add(access::actor_of(context), std::move(threshold)));
  context.answer_headers().add("Location", "/api/v1/thresholds/" + made.id.text());
  context.answer_headers().add("ETag", etag_of(made));
  co_return threshold_dto(made);
}

Task<Result<ThresholdDto>> change(WatchApiGround ground, RequestContext& context, ThresholdValuesDto body) {
  const auto id = ThresholdId::parse(context.path_parameter("id"));
  const Threshold* known = id ? ground.fleet.thresholds().find(*id) : nullptr;
  if (known == nullptr) co_return fail(ErrorCode::not_found, "not_found", "there is no such override");
  FETTLE_CO_TRY(const std::int64_t version, wanted_version(context, *known));
  Threshold threshold = *known;
  if (auto taken = take_values(threshold, body); !taken) co_return std::unexpected(std::move(taken).error());
  FETTLE_CO_TRY(const Threshold made, co_await ground.fleet.thresholds().change(
                                          access::actor_of(context), std::move(threshold), version));
  context.answer_headers().add("ETag", etag_of(made));
  co_return threshold_dto(made);
}

Task<Result<None>> remove(WatchApiGround ground, RequestContext& context) {
  const auto id = ThresholdId::parse(context.path_parameter("id"));
  const Threshold* known = id ? ground.fleet.thresholds().find(*id) : nullptr;
  if (known == nullptr) co_return fail(ErrorCode::not_found, "not_found", "there is no such override");
  FETTLE_CO_TRY(const std::int64_t version, wanted_version(context, *known));
  ignore(version, "only that it fits");
  auto removed = co_await ground.fleet.thresholds().remove(access::actor_of(context), *id);
  if (!removed) co_return std::unexpected(std::move(removed).error());
  co_return None{};
}

template <class T>
SettledNumberDto number_dto(const Settled<T>& settled) {
  return {unless_none(static_cast<double>(settled.value)), settled.scope, settled.from};
}

Result<Page<EffectiveThresholdDto>> effective(Fleet& fleet, std::string_view host_id) {
  const auto id = HostId::parse(host_id);
  const LiveHost* host = id ? fleet.roster().find(*id) : nullptr;
  if (host == nullptr) return fail(ErrorCode::not_found, "not_found", "there is no such host");
  const auto& all = fleet.thresholds().all();
  const ThresholdSubject subject{host->row.environment, host->row.id, host->row.labels};
  Page<EffectiveThresholdDto> page;
  const auto add = [&](const WatchKind& kind, const std::optional<std::string>& target) {
    const EffectiveThreshold one = decide_threshold(all, subject, kind.id, target.value_or(""));
    page.items.push_back({std::string(kind.kind),
                          target,
                          number_dto(one.warning),
                          number_dto(one.error),
                          number_dto(one.hold_seconds),
                          {one.is_watched.value, one.is_watched.scope, one.is_watched.from}});
  };
  for (const WatchKind& kind : watch_kinds()) {
    add(kind, std::nullopt);
    std::vector<std::string> targets;
    for (const Threshold& one : all)
      if (one.kind == kind.id && one.environment == subject.environment && one.target)
        targets.push_back(*one.target);
    std::ranges::sort(targets);
    const auto [first, last] = std::ranges::unique(targets);
    targets.erase(first, last);
    for (const std::string& target : targets) add(kind, target);
  }
  return page;
}

}  // namespace

void add_threshold_routes(net::Router& router, WatchApiGround ground) {
  const net::RequestHeader if_match{"If-Match", "The ETag that the override must still have; else 412."};
  router.add_scope_resolver("threshold", [&fleet = ground.fleet](std::string id) {
    const auto parsed = ThresholdId::parse(id);
    const Threshold* found = parsed ? fleet.thresholds().find(*parsed) : nullptr;
    struct Answer {
      static Task<std::optional<EnvironmentId>> go(std::optional<EnvironmentId> found_id) {
        co_return found_id;
      }
    };
    return Answer::go(found == nullptr ? std::nullopt : std::optional(found->environment));
  });
  router.add<None, None, Page<WatchKindDto>>(
      {.method = Method::get,
       .path = "/api/v1/watch-kinds",
       .permission = Permission::signed_in,
       .operation = "list_watch_kinds",
       .summary = "What is watched on every host, and the limits where nobody says otherwise."},
      [](RequestContext&, None, None) { return net::ready<Page<WatchKindDto>>(all_kinds()); });
  router.add<ThresholdsQuery, None, Page<ThresholdDto>>(
      {.method = Method::get,
       .path = "/api/v1/thresholds",
       .permission = Permission::view,
       .scope = net::ScopeSource::any,
       .operation = "list_thresholds",
       .summary = "The overrides of limits in the environments that one may see; all at once."},
      [ground](RequestContext& context, ThresholdsQuery query, None) {
        return net::ready(list(ground, context, query));
      });
  router.add<None, NewThresholdDto, ThresholdDto>(
      {.method = Method::post,
       .path = "/api/v1/thresholds",
       .permission = Permission::administer,
       .scope = net::ScopeSource::handler,
       .operation = "make_threshold",
       .summary = "Overrides limits of one kind for an environment, its hosts with a label, or one host.",
       .success_status = 201,
       .problem_codes = {"exists", "too_many"}},
      [ground](RequestContext& context, None, NewThresholdDto body) {
        return add(ground, context, std::move(body));
      });
  router.add<None, ThresholdValuesDto, ThresholdDto>(
      {.method = Method::put,
       .path = "/api/v1/thresholds/{id}",
       .permission = Permission::administer,
       .scope = net::ScopeSource::path_id,
       .operation = "change_threshold",
       .summary = "Replaces the values of an override; those left out fall back to the less specific ones.",
       .problem_codes = {"changed_meanwhile"},
       .request_headers = {if_match}},
      [ground](RequestContext& context, None, ThresholdValuesDto body) {
        return change(ground, context, body);
      });
  router.add<None, None, None>(
      {.method = Method::del,
       .path = "/api/v1/thresholds/{id}",
       .permission = Permission::administer,
       .scope = net::ScopeSource::path_id,
       .operation = "remove_threshold",
       .summary = "Removes an override.",
       .success_status = 204,
       .problem_codes = {"changed_meanwhile"},
       .request_headers = {if_match}},
      [ground](RequestContext& context, None, None) { return remove(ground, context); });
  router.add<None, None, Page<EffectiveThresholdDto>>(
      {.method = Method::get,
       .path = "/api/v1/hosts/{id}/thresholds",
       .permission = Permission::view,
       .scope = net::ScopeSource::path_id,
       .operation = "get_host_thresholds",
       .summary = "What holds for a host, and where each value comes from."},
      [&fleet = ground.fleet](RequestContext& context, None, None) {
        return net::ready(effective(fleet, context.path_parameter("id")));
      });
}

}  // namespace fettle::fleet

FETTLE_JSON(fettle::net::Page<fettle::fleet::WatchKindDto>)
FETTLE_JSON(fettle::net::Page<fettle::fleet::ThresholdDto>)
FETTLE_JSON(fettle::net::Page<fettle::fleet::EffectiveThresholdDto>)
FETTLE_JSON(fettle::fleet::ThresholdDto)
FETTLE_JSON(fettle::fleet::NewThresholdDto)
FETTLE_JSON(fettle::fleet::ThresholdValuesDto)
FETTLE_QUERY(fettle::fleet::ThresholdsQuery)
