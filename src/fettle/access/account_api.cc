#include "fettle/access/account_api.h"

#include "fettle/access/people_dto.h"

namespace fettle::access {
namespace {

using net::Method;
using net::None;
using net::Page;
using net::RequestContext;

Result<PersonId> person_of(const RequestContext& context) {
  const auto id = PersonId::parse(context.principal().id);
  if (context.principal().kind == PrincipalKind::person && id) return *id;
  return fail(ErrorCode::forbidden, "person_needed",
              "Only a person who is logged in can do this, not a token.");
}

Result<None> done(Result<> result) {
  if (!result) return std::unexpected(std::move(result).error());
  return None{};
}

Task<Result<AccountDto>> show(AccountService& account, RequestContext& context) {
  FETTLE_CO_TRY(const AccountNote note, co_await account.note(context.principal()));
  co_return AccountDto{note.person.id, note.person.name, note.has_totp, note.recovery_codes,
                       note.person.password_changed_at};
}

Task<Result<None>> change_password(AccountService& account, RequestContext& context, ChangePasswordDto body) {
  co_return done(co_await account.change_password(context.principal(), actor_of(context),
                                                  Secret(std::move(body.current_password)),
                                                  Secret(std::move(body.password))));
}

Task<Result<TotpSecretDto>> begin_totp(AccountService& account, RequestContext& context, BeginTotpDto body) {
  FETTLE_CO_TRY(const TotpSecret secret,
                co_await account.begin_totp(context.principal(), actor_of(context),
                                            Secret(std::move(body.current_password))));
  co_return TotpSecretDto{secret.text, secret.uri};
}

Task<Result<RecoveryCodesDto>> confirm_totp(AccountService& account, RequestContext& context,
                                            TotpCodeDto body) {
  FETTLE_CO_TRY(auto codes,
                co_await account.confirm_totp(context.principal(), actor_of(context), std::move(body.code)));
  co_return RecoveryCodesDto{std::move(codes)};
}

Task<Result<None>> remove_totp(AccountService& account, RequestContext& context, ProofDto body) {
  Proof proof{Secret(std::move(body.current_password)), std::move(body.code)};
  co_return done(co_await account.remove_totp(context.principal(), actor_of(context), std::move(proof)));
}

Task<Result<RecoveryCodesDto>> renew_codes(AccountService& account, RequestContext& context, ProofDto body) {
  Proof proof{Secret(std::move(body.current_password)), std::move(body.code)};
  FETTLE_CO_TRY(auto codes, co_await account.renew_recovery_codes(context.principal(), actor_of(context),
                                                                  std::move(proof)));
  co_return RecoveryCodesDto{std::move(codes)};
}

Task<Result<Page<LoginSessionDto>>> list_sessions(SessionService& sessions, RequestContext& context,
                                                  ListQueryDto query) {
  FETTLE_CO_TRY(const PersonId person, person_of(context));
  FETTLE_CO_TRY(const auto logins, co_await sessions.list(person));
  std::vector<LoginSessionDto> all;
  for (const LoginSession& login : logins) all.push_back(login_session_dto(login, context.principal()));
  co_return page_of(std::move(all), query);
}

Task<Result<None>> end_session(SessionService& sessions, RequestContext& context) {
  FETTLE_CO_TRY(const PersonId person, person_of(context));
  const auto id = SessionId::parse(context.path_parameter("session"));
  if (!id) co_return fail(ErrorCode::not_found, "not_found", "There is no such session.");
  co_return done(co_await sessions.end(person, actor_of(context), *id));
}

Task<Result<None>> end_others(SessionService& sessions, RequestContext& context) {
  FETTLE_CO_TRY(const PersonId person, person_of(context));
  const auto kept = SessionId::parse(context.principal().session_id);
  co_return done(co_await sessions.end_all(person, actor_of(context), kept));
}

void add_session_list_routes(net::Router& router, SessionService& sessions) {
  router.add<ListQueryDto, None, Page<LoginSessionDto>>(
      {.method = Method::get,
       .path = "/api/v1/account/sessions",
       .permission = Permission::signed_in,
       .operation = "list_own_sessions",
       .summary = "Lists where one is logged in, newest first.",
       .problem_codes = {"person_needed"}},
      [&sessions](RequestContext& context, ListQueryDto query, None) {
        return list_sessions(sessions, context, std::move(query));
      });
  router.add<None, None, None>(
      {.method = Method::del,
       .path = "/api/v1/account/sessions",
       .permission = Permission::signed_in,
       .operation = "end_other_sessions",
       .summary = "Ends all sessions of oneself but the one that asks.",
       .success_status = 204,
       .problem_codes = {"person_needed"}},
      [&sessions](RequestContext& context, None, None) { return end_others(sessions, context); });
  router.add<None, None, None>(
      {.method = Method::del,
       .path = "/api/v1/account/sessions/{session}",
       .permission = Permission::signed_in,
       .operation = "end_own_session",
       .summary = "Ends one session of oneself at once.",
       .success_status = 204,
       .problem_codes = {"person_needed", "not_found"}},
      [&sessions](RequestContext& context, None, None) { return end_session(sessions, context); });
}

void add_totp_routes(net::Router& router, AccountService& account) {
  router.add<None, BeginTotpDto, TotpSecretDto>(
      {.method = Method::post,
       .path = "/api/v1/account/totp",
       .permission = Permission::signed_in,
       .operation = "begin_totp",
       .summary = "Makes a secret for an authenticator app; it counts once a code has confirmed it.",
       .success_status = 201,
       .problem_codes = {"person_needed", "totp_enabled", "too_many_attempts"}},
      [&account](RequestContext& context, None, BeginTotpDto body) {
        return begin_totp(account, context, std::move(body));
      });
  router.add<None, TotpCodeDto, RecoveryCodesDto>(
      {.method = Method::post,
       .path = "/api/v1/account/totp/confirmation",
       .permission = Permission::signed_in,
       .operation = "confirm_totp",
       .summary = "Turns the second factor on with its first code; gives the recovery codes, this once.",
       .problem_codes = {"person_needed", "totp_not_begun", "totp_wrong", "totp_used", "too_many_attempts"}},
      [&account](RequestContext& context, None, TotpCodeDto body) {
        return confirm_totp(account, context, std::move(body));
      });
  router.add<None, ProofDto, None>({.method = Method::post,
                                    .path = "/api/v1/account/totp/removal",
                                    .permission = Permission::signed_in,
                                    .operation = "remove_totp",
                                    .summary = "Turns the second factor off.",
                                    .success_status = 204,
                                    .problem_codes = {"person_needed", "totp_not_enabled", "totp_wrong",
                                                      "totp_used", "too_many_attempts"}},
                                   [&account](RequestContext& context, None, ProofDto body) {
                                     return remove_totp(account, context, std::move(body));
                                   });
  router.add<None, ProofDto, RecoveryCodesDto>(
      {.method = Method::post,
       .path = "/api/v1/account/recovery-codes",
       .permission = Permission::signed_in,
       .operation = "renew_recovery_codes",
       .summary = "Gives ten new recovery codes, this once; those before are worthless.",
       .problem_codes = {"person_needed", "totp_not_enabled", "totp_wrong", "totp_used",
                         "too_many_attempts"}},
      [&account](RequestContext& context, None, ProofDto body) {
        return renew_codes(account, context, std::move(body));
      });
}

}  // namespace

void add_account_routes(net::Router& router, const AccountApiGround& ground) {
  AccountService& account = ground.account;
  router.add<None, None, AccountDto>(
      {.method = Method::get,
       .path = "/api/v1/account",
       .permission = Permission::signed_in,
       .operation = "get_account",
       .summary = "One's own account.",
       .problem_codes = {"person_needed"}},
      [&account](RequestContext& context, None, None) { return show(account, context); });
  router.add<None, ChangePasswordDto, None>(
      {.method = Method::post,
       .path = "/api/v1/account/password",
       .permission = Permission::signed_in,
       .operation = "change_password",
       .summary = "Changes one's own password; all other sessions end.",
       .success_status = 204,
       .problem_codes = {"person_needed", "changed_meanwhile", "too_many_attempts"}},
      [&account](RequestContext& context, None, ChangePasswordDto body) {
        return change_password(account, context, std::move(body));
      });
  add_totp_routes(router, account);
  add_session_list_routes(router, ground.sessions);
}

}  // namespace fettle::access
