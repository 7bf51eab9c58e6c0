#include "fettle/events/conditions_api.h"

#include "fettle/access/environments.h"
#include "fettle/base/json_codec.h"
#include "fettle/base/list_cursor.h"
#include "fettle/base/page_limit.h"
#include "fettle/events/condition_json.h"
#include "fettle/events/condition_repo.h"
#include "fettle/events/condition_service.h"
#include "fettle/net/router.h"
#include "fettle/store/store.h"

namespace fettle::events {

enum class ConditionStates : std::uint8_t { open, all };
BOOST_DESCRIBE_ENUM(ConditionStates, open, all)

struct ConditionsQuery {
  std::optional<std::string> environment;
  std::optional<ConditionStates> state;  // default: open
  std::optional<HostId> host_id;
  std::optional<std::string> kind;
  std::optional<WallTime> from, to;  // with state=all: open at some time between; default: the last day
  std::optional<std::int64_t> limit;
  std::optional<std::string> cursor;
};
BOOST_DESCRIBE_STRUCT(ConditionsQuery, (), (environment, state, host_id, kind, from, to, limit, cursor))

struct NewAcknowledgement {
  std::optional<std::string> note;
  std::optional<WallTime> until;  // default: until the condition ends
};
BOOST_DESCRIBE_STRUCT(NewAcknowledgement, (), (note, until))

struct NewSilence {
  EnvironmentId environment_id;
  std::optional<HostId> host_id;
  std::optional<std::string> label, kind, reason;
  WallTime until;
};
BOOST_DESCRIBE_STRUCT(NewSilence, (), (environment_id, host_id, label, kind, reason, until))

struct SilencesQuery {
  std::optional<std::string> environment;
};
BOOST_DESCRIBE_STRUCT(SilencesQuery, (), (environment))

namespace {

using net::Method;
using net::None;
using net::Page;
using net::RequestContext;

constexpr std::size_t kLongestNote = 500;
constexpr std::size_t kMostSilences = 500;
constexpr std::chrono::days kLongestSilence{366};

constexpr std::string_view kOpenCursor = "open";
constexpr std::string_view kAllCursor = "condition";

Result<Page<ConditionDto>> list_open(const Conditions& conditions,
                                     const std::vector<EnvironmentId>& environments,
                                     const ConditionsQuery& query, std::size_t limit) {
  // The place in the list: severity and id, both falling.
  std::optional<std::pair<ConditionSeverity, ConditionId>> after;
  if (query.cursor) {
    FETTLE_TRY(const std::string place, parse_cursor(kOpenCursor, *query.cursor));
    const auto id = ConditionId::parse(std::string_view(place).substr(1));
    if (!id) return strange_cursor();
    after = {place.front() == '1' ? ConditionSeverity::error : ConditionSeverity::warning, *id};
  }
  Page<ConditionDto> page;
  std::optional<std::pair<ConditionSeverity, ConditionId>> last;
  for (const Condition* condition : conditions.in_sight(environments)) {
    const std::pair place{condition->severity, condition->id};
    if (after && !(place < *after)) continue;
    if (query.host_id && condition->key.source_id != query.host_id->text()) continue;
    if (query.kind && condition->key.kind != *query.kind) continue;
    if (page.items.size() == limit) {
      page.next_cursor = format_cursor(
          kOpenCursor, (last->first == ConditionSeverity::error ? "1" : "0") + last->second.text());
      break;
    }
    page.items.push_back(condition_dto(*condition, conditions.view_of(*condition)));
    last = place;
  }
  return page;
}

Task<Result<Page<ConditionDto>>> list_all(ConditionApiGround ground, std::vector<EnvironmentId> environments,
                                          ConditionsQuery query, std::size_t limit) {
  condition_repo::Question question;
  question.environments = std::move(environments);
  if (query.host_id) question.source_id = query.host_id->text();
  question.kind = query.kind;
  const WallTime now = ground.clock.wall_now();
  question.to = query.to.value_or(now + Seconds(1));
  question.from = query.from.value_or(question.to - std::chrono::hours(24));
  if (question.from >= question.to) co_return fail_field("/query/to", "must be later than from");
  question.limit = limit;
  if (query.cursor) {
    FETTLE_CO_TRY(question.before, parse_number_cursor(kAllCursor, *query.cursor));
  }
  FETTLE_CO_TRY(const auto answer,
                co_await ground.store.read([question = std::move(question)](store::Session& session) {
                  return condition_repo::list(session, question);
                }));
  Page<ConditionDto> page;
  for (const Condition& condition : answer.conditions) {
    // What is open is told as it is now, not as it was when it was stored.
    const Condition* open = ground.conditions.find(condition.id);
    const Condition& known = open != nullptr ? *open : condition;
    page.items.push_back(condition_dto(known, ground.conditions.view_of(known)));
  }
  if (answer.next) page.next_cursor = format_cursor(kAllCursor, std::to_string(*answer.next));
  co_return page;
}

Task<Result<Page<ConditionDto>>> list_conditions(ConditionApiGround ground, RequestContext& context,
                                                 ConditionsQuery query) {
  FETTLE_CO_TRY(auto environments, ground.environments.listed(context.principal(), query.environment));
  FETTLE_CO_TRY(const std::size_t limit, page_limit(query.limit));
  if (query.state.value_or(ConditionStates::open) == ConditionStates::open)
    co_return list_open(ground.conditions, environments, query, limit);
  co_return co_await list_all(ground, std::move(environments), std::move(query), limit);
}

Result<ConditionDto> find_condition(const Conditions& conditions, std::string_view id) {
  const auto parsed = ConditionId::parse(id);
  const Condition* condition = parsed ? conditions.find(*parsed) : nullptr;
  if (condition == nullptr)
    return fail(ErrorCode::not_found, "not_found", "this condition is not open any more");
  return condition_dto(*condition, conditions.view_of(*condition));
}

Task<Result<ConditionDto>> acknowledge(ConditionApiGround ground, RequestContext& context,
                                       std::optional<NewAcknowledgement> body) {
  const auto id = ConditionId::parse(context.path_parameter("id"));
  if (!id) co_return fail(ErrorCode::not_found, "not_found", "there is no such condition");
  access::Actor actor = access::actor_of(context);
  std::optional<Acknowledgement> seen;
  if (body) {
    const WallTime now = ground.clock.wall_now();
    if (body->note && body->note->size() > kLongestNote)
      co_return fail_field("/body/note", "must have at most 500 bytes");
    if (body->until && *body->until <= now) co_return fail_field("/body/until", "must be a time to come");
    seen =
        Acknowledgement{actor.id, actor.name, body->note.value_or(""), wall_from_unix_ms(unix_ms(now)), {}};
    if (body->until) seen->until = wall_from_unix_ms(unix_ms(*body->until));
  }
  FETTLE_CO_TRY(const Condition condition,
                co_await ground.conditions.acknowledge(std::move(actor), *id, std::move(seen)));
  co_return condition_dto(condition, ground.conditions.view_of(condition));
}

Task<Result<ConditionDto>> close_condition(ConditionApiGround ground, RequestContext& context) {
  const auto id = ConditionId::parse(context.path_parameter("id"));
  if (!id) co_return fail(ErrorCode::not_found, "not_found", "there is no such condition");
  FETTLE_CO_TRY(const Condition closed,
                co_await ground.conditions.close_by_hand(access::actor_of(context), *id));
  co_return condition_dto(closed, ground.conditions.view_of(closed));
}

Task<Result<Page<SilenceDto>>> list_silences(ConditionApiGround ground, RequestContext& context,
                                             SilencesQuery query) {
  FETTLE_CO_TRY(const auto environments, ground.environments.listed(context.principal(), query.environment));
  Page<SilenceDto> page;
  for (const Silence& silence : ground.conditions.silences())
    if (std::ranges::find(environments, silence.environment) != environments.end())
      page.items.push_back(silence_dto(silence));
  co_return page;
}

Task<Result<SilenceDto>> make_silence(ConditionApiGround ground, RequestContext& context, NewSilence body) {
  if (auto allowed = context.require(body.environment_id); !allowed)
    co_return std::unexpected(std::move(allowed).error());
  const WallTime now = ground.clock.wall_now();
  if (body.until <= now || body.until > now + kLongestSilence)
    co_return fail_field("/body/until", "must be a time to come, within a year");
  if (body.reason && body.reason->size() > kLongestNote)
    co_return fail_field("/body/reason", "must have at most 500 bytes");
  if (body.label && (body.label->empty() || body.label->size() > kLongestNote))
    co_return fail_field("/body/label", "must be a label as \"role\" or \"role=db\"");
  if (body.kind && (body.kind->empty() || body.kind->size() > kLongestNote))
    co_return fail_field("/body/kind", "must be a kind of condition");
  if (ground.conditions.silences().size() >= kMostSilences)
    co_return fail(ErrorCode::conflict, "too_many_silences",
                   "500 silences hold already; end some of them first");
  access::Actor actor = access::actor_of(context);
  Silence silence;
  silence.environment = body.environment_id;
  if (body.host_id) silence.source_id = body.host_id->text();
  silence.label = body.label;
  silence.kind = body.kind;
  silence.reason = body.reason.value_or("");
  silence.by_id = actor.id;
  silence.by_name = actor.name;
  silence.until = body.until;
  FETTLE_CO_TRY(const Silence made,
                co_await ground.conditions.make_silence(std::move(actor), std::move(silence)));
  co_return silence_dto(made);
}

Task<Result<None>> end_silence(ConditionApiGround ground, RequestContext& context) {
  const auto id = SilenceId::parse(context.path_parameter("id"));
  if (!id) co_return fail(ErrorCode::not_found, "not_found", "there is no such silence");
  auto ended = co_await ground.conditions.end_silence(access::actor_of(context), *id);
  if (!ended) co_return std::unexpected(std::move(ended).error());
  co_return None{};
}

void add_silence_routes(net::Router& router, ConditionApiGround ground) {
  router.add<SilencesQuery, None, Page<SilenceDto>>(
      {.method = Method::get,
       .path = "/api/v1/silences",
       .permission = Permission::view,
       .scope = net::ScopeSource::any,
       .operation = "list_silences",
       .summary = "The silences that hold, in the environments that one may see; all at once."},
      [ground](RequestContext& context, SilencesQuery query, None) {
        return list_silences(ground, context, std::move(query));
      });
  router.add<None, NewSilence, SilenceDto>(
      {.method = Method::post,
       .path = "/api/v1/silences",
       .permission = Permission::operate,
       .scope = net::ScopeSource::handler,
       .operation = "make_silence",
       .summary = "Silences the conditions of an environment that fit host, label and kind, until then.",
       .success_status = 201,
       .problem_codes = {"too_many_silences"}},
      [ground](RequestContext& context, None, NewSilence body) {
        return make_silence(ground, context, std::move(body));
      });
  router.add<None, None, None>(
      {.method = Method::del,
       .path = "/api/v1/silences/{id}",
       .permission = Permission::operate,
       .scope = net::ScopeSource::path_id,
       .operation = "end_silence",
       .summary = "Ends a silence now.",
       .success_status = 204},
      [ground](RequestContext& context, None, None) { return end_silence(ground, context); });
}

}  // namespace

void add_condition_routes(net::Router& router, ConditionApiGround ground) {
  Conditions* conditions = &ground.conditions;
  router.add_scope_resolver("condition", [conditions](std::string id) {
    const auto parsed = ConditionId::parse(id);
    const Condition* found = parsed ? conditions->find(*parsed) : nullptr;
    struct Answer {
      static Task<std::optional<EnvironmentId>> go(std::optional<EnvironmentId> id) { co_return id; }
    };
    return Answer::go(found == nullptr ? std::nullopt : std::optional(found->environment));
  });
  router.add_scope_resolver("silence", [conditions](std::string id) {
    const auto parsed = SilenceId::parse(id);
    const Silence* found = parsed ? conditions->find_silence_by_id(*parsed) : nullptr;
    struct Answer {
      static Task<std::optional<EnvironmentId>> go(std::optional<EnvironmentId> id) { co_return id; }
    };
    return Answer::go(found == nullptr ? std::nullopt : std::optional(found->environment));
  });
  router.add<ConditionsQuery, None, Page<ConditionDto>>(
      {.method = Method::get,
       .path = "/api/v1/conditions",
       .permission = Permission::view,
       .scope = net::ScopeSource::any,
       .operation = "list_conditions",
       .summary =
           "What is open, worst first; with state=all what was open between from and to, newest first."},
      [ground](RequestContext& context, ConditionsQuery query, None) {
        return list_conditions(ground, context, std::move(query));
      });
  router.add<None, None, ConditionDto>(
      {.method = Method::get,
       .path = "/api/v1/conditions/{id}",
       .permission = Permission::view,
       .scope = net::ScopeSource::path_id,
       .operation = "get_condition",
       .summary = "One condition that is open."},
      [conditions](RequestContext& context, None, None) {
        return net::ready(find_condition(*conditions, context.path_parameter("id")));
      });
  router.add<None, NewAcknowledgement, ConditionDto>(
      {.method = Method::put,
       .path = "/api/v1/conditions/{id}/acknowledgement",
       .permission = Permission::operate,
       .scope = net::ScopeSource::path_id,
       .operation = "acknowledge_condition",
       .summary = "Says that someone has seen it; holds until it ends, worsens, or the time given."},
      [ground](RequestContext& context, None, NewAcknowledgement body) {
        return acknowledge(ground, context, std::move(body));
      });
  router.add<None, None, ConditionDto>(
      {.method = Method::del,
       .path = "/api/v1/conditions/{id}/acknowledgement",
       .permission = Permission::operate,
       .scope = net::ScopeSource::path_id,
       .operation = "unacknowledge_condition",
       .summary = "Takes an acknowledgement back."},
      [ground](RequestContext& context, None, None) { return acknowledge(ground, context, std::nullopt); });
  router.add<None, None, ConditionDto>(
      {.method = Method::post,
       .path = "/api/v1/conditions/{id}/close",
       .permission = Permission::operate,
       .scope = net::ScopeSource::path_id,
       .operation = "close_condition",
       .summary = "Says that it is over: for run.failed, which only the next run of the same work would end.",
       .problem_codes = {"ends_by_itself"}},
      [ground](RequestContext& context, None, None) { return close_condition(ground, context); });
  add_silence_routes(router, ground);
  SchemaBook book;
  router.add_schema("StreamCondition", schema_of<ConditionDto>(book));  // refers to the list's own
}

}  // namespace fettle::events

FETTLE_JSON(fettle::net::Page<fettle::events::ConditionDto>)
FETTLE_JSON(fettle::net::Page<fettle::events::SilenceDto>)
FETTLE_JSON(fettle::events::SilenceDto)
FETTLE_JSON(fettle::events::NewAcknowledgement)
FETTLE_JSON(fettle::events::NewSilence)
FETTLE_QUERY(fettle::events::ConditionsQuery)
FETTLE_QUERY(fettle::events::SilencesQuery)
