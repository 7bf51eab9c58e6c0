#include "fettle/access/session_api.h"

#include "fettle/access/access_dto.h"
#include "fettle/access/same_origin.h"

namespace fettle::access {
namespace {

using net::Method;
using net::None;
using net::RequestContext;

void give_cookie(RequestContext& context, const SignedIn& signed_in, Seconds age) {
  const Transport transport = transport_of(context.request());
  context.answer_headers().add("Set-Cookie", session_cookie(transport, signed_in.cookie.reveal(), age));
}

Task<Result<SessionInfoDto>> answer(SessionApiGround ground, RequestContext& context, SignedIn signed_in) {
  give_cookie(context, signed_in, ground.cookie_age);
  const auto ends_at = co_await ground.credentials.ends_at(signed_in.principal);
  co_return session_info_dto(signed_in.principal, ends_at);
}

Task<Result<SessionInfoDto>> set_up(SessionApiGround ground, RequestContext& context, SetupRequestDto body) {
  if (auto same = check_same_origin(context.request()); !same)
    co_return std::unexpected(std::move(same).error());
  SetupService::Facts facts{Secret(std::move(body.token)), std::move(body.name),
                            Secret(std::move(body.password)), context.request().peer.address};
  FETTLE_CO_TRY(SignedIn signed_in, co_await ground.setup.set_up(std::move(facts)));
  co_return co_await answer(ground, context, std::move(signed_in));
}

Task<Result<SessionInfoDto>> log_in(SessionApiGround ground, RequestContext& context, LogInRequestDto body) {
  if (auto same = check_same_origin(context.request()); !same)
    co_return std::unexpected(std::move(same).error());
  SessionService::Facts facts{std::move(body.name), Secret(std::move(body.password)),
                              context.request().peer.address, context.principal().session_id};
  FETTLE_CO_TRY(SignedIn signed_in, co_await ground.sessions.log_in(std::move(facts)));
  co_return co_await answer(ground, context, std::move(signed_in));
}

Task<Result<SessionInfoDto>> show(SessionApiGround ground, RequestContext& context) {
  co_return session_info_dto(context.principal(), co_await ground.credentials.ends_at(context.principal()));
}

Task<Result<None>> log_out(SessionApiGround ground, RequestContext& context) {
  const Principal& principal = context.principal();
  if (principal.session_id.empty()) {
    co_return fail(ErrorCode::forbidden, "person_needed", "A token has no session; revoke it instead.");
  }
  auto ended = co_await ground.sessions.log_out(principal, actor_of(principal, context.request()));
  if (!ended) co_return std::unexpected(std::move(ended).error());
  context.answer_headers().add("Set-Cookie", cleared_session_cookie(transport_of(context.request())));
  co_return None{};
}

}  // namespace

void add_session_routes(net::Router& router, const SessionApiGround& ground) {
  router.add<None, None, SetupStateDto>(
      {.method = Method::get,
       .path = "/api/v1/setup",
       .permission = Permission::public_access,
       .operation = "get_setup",
       .summary = "Says whether this server still waits for its first administrator."},
      [ground](RequestContext&, None, None) {
        return net::ready<SetupStateDto>(SetupStateDto{ground.setup.is_needed()});
      });
  router.add<None, SetupRequestDto, SessionInfoDto>(
      {.method = Method::post,
       .path = "/api/v1/setup",
       .permission = Permission::public_access,
       .operation = "set_up",
       .summary = "Makes the first administrator with the setup token, and logs in.",
       .success_status = 201,
       .problem_codes = {"setup_token_wrong", "already_set_up", "too_many_attempts", "cross_site"}},
      [ground](RequestContext& context, None, SetupRequestDto body) {
        return set_up(ground, context, std::move(body));
      });
  router.add<None, LogInRequestDto, SessionInfoDto>(
      {.method = Method::post,
       .path = "/api/v1/session",
       .permission = Permission::public_access,
       .operation = "log_in",
       .summary = "Starts a session and gives its cookie.",
       .problem_codes = {"wrong_credentials", "too_many_attempts", "cross_site"}},
      [ground](RequestContext& context, None, LogInRequestDto body) {
        return log_in(ground, context, std::move(body));
      });
  router.add<None, None, SessionInfoDto>(
      {.method = Method::get,
       .path = "/api/v1/session",
       .permission = Permission::signed_in,
       .operation = "get_session",
       .summary = "Says who asks, and what they may."},
      [ground](RequestContext& context, None, None) { return show(ground, context); });
  router.add<None, None, None>(
      {.method = Method::del,
       .path = "/api/v1/session",
       .permission = Permission::signed_in,
       .operation = "log_out",
       .summary = "Ends the session of this cookie.",
       .success_status = 204,
       .problem_codes = {"person_needed"}},
      [ground](RequestContext& context, None, None) { return log_out(ground, context); });
}

}  // namespace fettle::access
