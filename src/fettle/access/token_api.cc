#include "fettle/access/token_api.h"

#include "fettle/access/access_dto.h"

namespace fettle::access {
namespace {

using net::Method;
using net::None;
using net::Page;
using net::RequestContext;

NewTokenDto new_token_dto(const MadeToken& made) {
  NewTokenDto out;
  static_cast<TokenDto&>(out) = token_dto(made.token);
  out.token = made.text.reveal();
  return out;
}

Task<Result<Page<TokenDto>>> list(TokenService& tokens, RequestContext& context, ListQueryDto query) {
  FETTLE_CO_TRY(const std::size_t limit, list_limit(query));
  FETTLE_CO_TRY(const auto before, id_cursor<TokenId>(query));
  FETTLE_CO_TRY(const auto rows, co_await tokens.list(context.principal(), before, limit));
  co_return page_of_rows<TokenDto>(rows, limit, token_dto,
                                   [](const ApiToken& last) { return last.id.text(); });
}

using OwnedToken = std::pair<ApiToken, std::string>;

OwnedTokenDto owned_token_dto(const OwnedToken& owned) {
  const auto& [token, person_name] = owned;
  OwnedTokenDto out;
  static_cast<TokenDto&>(out) = token_dto(token);
  out.person_id = token.person;
  out.person_name = person_name;
  return out;
}

Task<Result<Page<OwnedTokenDto>>> list_all(TokenService& tokens, ListQueryDto query) {
  FETTLE_CO_TRY(const std::size_t limit, list_limit(query));
  FETTLE_CO_TRY(const auto before, id_cursor<TokenId>(query));
  FETTLE_CO_TRY(const auto rows, co_await tokens.list_all(before, limit));
  co_return page_of_rows<OwnedTokenDto>(rows, limit, owned_token_dto,
                                        [](const OwnedToken& last) { return last.first.id.text(); });
}

Task<Result<NewTokenDto>> make(TokenService& tokens, RequestContext& context, NewTokenRequestDto body) {
  NewToken facts{std::move(body.name), std::move(body.scopes), body.environment_id, body.expires_at};
  FETTLE_CO_TRY(const MadeToken made,
                co_await tokens.make(context.principal(), actor_of(context), std::move(facts)));
  context.answer_headers().add("Location", "/api/v1/tokens/" + made.token.id.text());
  co_return new_token_dto(made);
}

Task<Result<None>> revoke(TokenService& tokens, RequestContext& context) {
  const auto id = TokenId::parse(context.path_parameter("id"));
  if (!id) co_return fail(ErrorCode::not_found, "not_found", "There is no such token.");
  auto revoked = co_await tokens.revoke(context.principal(), actor_of(context), *id);
  if (!revoked) co_return std::unexpected(std::move(revoked).error());
  co_return None{};
}

}  // namespace

void add_token_routes(net::Router& router, TokenService& tokens) {
  router.add<ListQueryDto, None, Page<TokenDto>>(
      {.method = Method::get,
       .path = "/api/v1/tokens",
       .permission = Permission::signed_in,
       .operation = "list_tokens",
       .summary = "Lists one's own tokens, newest first.",
       .problem_codes = {"person_needed"}},
      [&tokens](RequestContext& context, ListQueryDto query, None) {
        return list(tokens, context, std::move(query));
      });
  router.add<ListQueryDto, None, Page<OwnedTokenDto>>(
      {.method = Method::get,
       .path = "/api/v1/server/tokens",
       .permission = Permission::administer_server,
       .operation = "list_all_tokens",
       .summary = "Lists everybody's tokens, newest first."},
      [&tokens](RequestContext&, ListQueryDto query, None) { return list_all(tokens, std::move(query)); });
  router.add<None, NewTokenRequestDto, NewTokenDto>(
      {.method = Method::post,
       .path = "/api/v1/tokens",
       .permission = Permission::signed_in,
       .operation = "make_token",
       .summary = "Makes a token for a program; its text is shown this once.",
       .success_status = 201,
       .problem_codes = {"person_needed", "too_many_tokens"}},
      [&tokens](RequestContext& context, None, NewTokenRequestDto body) {
        return make(tokens, context, std::move(body));
      });
  router.add<None, None, None>(
      {.method = Method::del,
       .path = "/api/v1/tokens/{id}",
       .permission = Permission::signed_in,
       .operation = "revoke_token",
       .summary = "Revokes a token at once.",
       .success_status = 204,
       .problem_codes = {"person_needed", "not_found"}},
      [&tokens](RequestContext& context, None, None) { return revoke(tokens, context); });
}

}  // namespace fettle::access
