#include "fettle/access/session_api.h"

#include "fettle/access/people_dto.h"
#include "fettle/access/same_origin.h"
#include "fettle/base/text.h"

namespace fettle::access {
namespace {

using net::Method;
using net::None;
using net::RequestContext;

void give_cookie(RequestContext& context, const SignedIn& signed_in, Seconds age) {
  const Transport transport = transport_of(context.request());
  context.answer_headers().add("Set-Cookie", session_cookie(transport, signed_in.cookie.reveal(), age));
}

std::string browser_of(const RequestContext& context) {
  return escape_control(context.request().headers.get("User-Agent"));
}

SessionService::Surroundings around(const RequestContext& context) {
  return {context.request().peer.address, browser_of(context), context.principal().session_id};
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
                            Secret(std::move(body.password)), context.request().peer.address,
                            browser_of(context)};
  FETTLE_CO_TRY(SignedIn signed_in, co_await ground.setup.set_up(std::move(facts)));
  co_return co_await answer(ground, context, std::move(signed_in));
}

Task<Result<SessionInfoDto>> log_in(SessionApiGround ground, RequestContext& context, LogInRequestDto body) {
  if (auto same = check_same_origin(context.request()); !same)
    co_return std::unexpected(std::move(same).error());
  SessionService::Facts facts{std::move(body.name), Secret(std::move(body.password)),
                              std::move(body.code).value_or(""), around(context)};
  FETTLE_CO_TRY(SignedIn signed_in, co_await ground.sessions.log_in(std::move(facts)));
  co_return co_await answer(ground, context, std::move(signed_in));
}

Task<Result<InvitationNoteDto>> look_at_invitation(SessionApiGround ground, RequestContext& context,
                                                   InvitationTokenDto body) {
  FETTLE_CO_TRY(InvitationNote note, co_await ground.invitations.look_at(Secret(std::move(body.token)),
                                                                         context.request().peer.address));
  co_return InvitationNoteDto{std::move(note.name), note.expires_at, note.wants_code};
}

Task<Result<SessionInfoDto>> accept_invitation(SessionApiGround ground, RequestContext& context,
                                               AcceptInvitationDto body) {
  if (auto same = check_same_origin(context.request()); !same)
    co_return std::unexpected(std::move(same).error());
  InvitationService::Facts facts{Secret(std::move(body.token)), Secret(std::move(body.password)),
                                 std::move(body.code).value_or(""), around(context)};
  FETTLE_CO_TRY(SignedIn signed_in, co_await ground.invitations.accept(std::move(facts)));
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
       .problem_codes = {"wrong_credentials", "person_disabled", "totp_needed", "totp_wrong", "totp_used",
                         "too_many_attempts", "cross_site"}},
      [ground](RequestContext& context, None, LogInRequestDto body) {
        return log_in(ground, context, std::move(body));
      });
  router.add<None, InvitationTokenDto, InvitationNoteDto>(
      {.method = Method::post,
       .path = "/api/v1/invitation",
       .permission = Permission::public_access,
       .operation = "look_at_invitation",
       .summary = "Says whom an invitation is for.",
       .problem_codes = {"invitation_over", "too_many_attempts"}},
      [ground](RequestContext& context, None, InvitationTokenDto body) {
        return look_at_invitation(ground, context, std::move(body));
      });
  router.add<None, AcceptInvitationDto, SessionInfoDto>(
      {.method = Method::post,
       .path = "/api/v1/invitation/acceptance",
       .permission = Permission::public_access,
       .operation = "accept_invitation",
       .summary = "Sets the password of whom the invitation is for, once, and logs in.",
       .success_status = 201,
       .problem_codes = {"invitation_over", "totp_needed", "totp_wrong", "totp_used", "too_many_attempts",
                         "cross_site"}},
      [ground](RequestContext& context, None, AcceptInvitationDto body) {
        return accept_invitation(ground, context, std::move(body));
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
