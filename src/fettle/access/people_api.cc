#include "fettle/access/people_api.h"

#include "fettle/access/password_rules.h"
#include "fettle/access/people_dto.h"
#include "fettle/base/encoding.h"
#include "fettle/net/entity_tag.h"

namespace fettle::access {
namespace {

using net::Method;
using net::None;
using net::Page;
using net::RequestContext;

const std::string kPath = "/api/v1/people/{id}";

Result<PersonId> id_of(const RequestContext& context) {
  const auto id = PersonId::parse(context.path_parameter("id"));
  if (id) return *id;
  return fail(ErrorCode::not_found, "not_found", "There is no such person.");
}

PersonDto with_tag(RequestContext& context, const PersonOverview& person) {
  context.answer_headers().add("ETag", net::entity_tag(person.person.version));
  return person_dto(person);
}

/// The cursor is the last key, coded so that it goes through an address.
Task<Result<Page<PersonDto>>> list(PeopleService& people, ListQueryDto query) {
  FETTLE_CO_TRY(const std::size_t limit, list_limit(query));
  std::string after;
  if (query.cursor) {
    const auto bytes = base64url_decode(*query.cursor);
    if (!bytes) co_return fail_field("/query/cursor", "cursor must be one that this list gave.");
    after = as_text(*bytes);
  }
  FETTLE_CO_TRY(const auto rows, co_await people.list(after, limit));
  co_return page_of_rows<PersonDto>(rows, limit, person_dto, [](const PersonOverview& last) {
    return base64url_encode(as_bytes(name_key(last.person.name)));
  });
}

Task<Result<PersonDto>> show(PeopleService& people, RequestContext& context) {
  FETTLE_CO_TRY(const PersonId id, id_of(context));
  FETTLE_CO_TRY(const PersonOverview person, co_await people.find(id));
  co_return with_tag(context, person);
}

Task<Result<InvitedDto>> invite(PeopleService& people, RequestContext& context, NewPersonDto body) {
  NewPerson facts{std::move(body.name), body.server_administrator.value_or(false),
                  roles_of(body.roles.value_or(std::vector<RoleInDto>{}))};
  FETTLE_CO_TRY(const Invited invited, co_await people.invite(actor_of(context), std::move(facts)));
  context.answer_headers().add("Location", "/api/v1/people/" + invited.person.person.id.text());
  co_return invited_dto(invited);
}

Task<Result<InvitedDto>> reset(PeopleService& people, RequestContext& context) {
  FETTLE_CO_TRY(const PersonId id, id_of(context));
  FETTLE_CO_TRY(const Invited invited, co_await people.reset(actor_of(context), id));
  co_return invited_dto(invited);
}

Task<Result<PersonDto>> change(PeopleService& people, RequestContext& context, PersonChangeDto body) {
  FETTLE_CO_TRY(const PersonId id, id_of(context));
  PersonChange facts{std::move(body.name), body.server_administrator, body.disabled, std::nullopt};
  if (body.roles) facts.roles = roles_of(*body.roles);
  const std::string if_match(context.request().headers.get("If-Match"));
  FETTLE_CO_TRY(const PersonOverview person,
                co_await people.change(actor_of(context), id, std::move(facts), if_match));
  co_return with_tag(context, person);
}

Task<Result<None>> remove(PeopleService& people, RequestContext& context) {
  FETTLE_CO_TRY(const PersonId id, id_of(context));
  if (auto removed = co_await people.remove(actor_of(context), id); !removed)
    co_return std::unexpected(std::move(removed).error());
  co_return None{};
}

Task<Result<None>> remove_totp(PeopleApiGround ground, RequestContext& context) {
  FETTLE_CO_TRY(const PersonId id, id_of(context));
  FETTLE_CO_TRY(const PersonOverview person, co_await ground.people.find(id));
  const std::string why = "of " + person.person.name + ", by an administrator";
  if (auto removed = co_await ground.second_factor.remove(id, actor_of(context), why); !removed)
    co_return std::unexpected(std::move(removed).error());
  co_return None{};
}

Task<Result<Page<LoginSessionDto>>> list_sessions(PeopleApiGround ground, RequestContext& context,
                                                  ListQueryDto query) {
  FETTLE_CO_TRY(const PersonId id, id_of(context));
  FETTLE_CO_TRY(const PersonOverview person, co_await ground.people.find(id));
  FETTLE_CO_TRY(const auto logins, co_await ground.sessions.list(person.person.id));
  std::vector<LoginSessionDto> all;
  for (const LoginSession& login : logins) all.push_back(login_session_dto(login, context.principal()));
  co_return page_of(std::move(all), query);
}

Task<Result<None>> end_session(PeopleApiGround ground, RequestContext& context) {
  FETTLE_CO_TRY(const PersonId id, id_of(context));
  const auto session = SessionId::parse(context.path_parameter("session"));
  if (!session) co_return fail(ErrorCode::not_found, "not_found", "There is no such session.");
  if (auto ended = co_await ground.sessions.end(id, actor_of(context), *session); !ended)
    co_return std::unexpected(std::move(ended).error());
  co_return None{};
}

Task<Result<None>> end_sessions_of(PeopleApiGround ground, RequestContext& context) {
  FETTLE_CO_TRY(const PersonId id, id_of(context));
  FETTLE_CO_TRY(const PersonOverview person, co_await ground.people.find(id));
  const auto kept = SessionId::parse(context.principal().session_id);
  if (auto ended = co_await ground.sessions.end_all(person.person.id, actor_of(context), kept); !ended)
    co_return std::unexpected(std::move(ended).error());
  co_return None{};
}

void add_person_routes(net::Router& router, PeopleService& people) {
  router.add<ListQueryDto, None, Page<PersonDto>>(
      {.method = Method::get,
       .path = "/api/v1/people",
       .permission = Permission::administer_server,
       .operation = "list_people",
       .summary = "Lists people by name, with their roles."},
      [&people](RequestContext&, ListQueryDto query, None) { return list(people, std::move(query)); });
  router.add<None, NewPersonDto, InvitedDto>(
      {.method = Method::post,
       .path = "/api/v1/people",
       .permission = Permission::administer_server,
       .operation = "invite_person",
       .summary = "Makes a person, and a one-time link with which that person sets a password.",
       .success_status = 201,
       .problem_codes = {"name_taken"}},
      [&people](RequestContext& context, None, NewPersonDto body) {
        return invite(people, context, std::move(body));
      });
  router.add<None, None, PersonDto>(
      {.method = Method::get,
       .path = kPath,
       .permission = Permission::administer_server,
       .operation = "get_person",
       .summary = "One person, with an ETag for changes.",
       .problem_codes = {"not_found"}},
      [&people](RequestContext& context, None, None) { return show(people, context); });
  router.add<None, PersonChangeDto, PersonDto>(
      {.method = Method::patch,
       .path = kPath,
       .permission = Permission::administer_server,
       .operation = "change_person",
       .summary = "Changes name, roles, state; open streams follow at once.",
       .problem_codes = {"not_found", "name_taken", "last_administrator", "person_is_you",
                         "changed_meanwhile"},
       .request_headers = {{"If-Match", "The ETag that the change is made from."}}},
      [&people](RequestContext& context, None, PersonChangeDto body) {
        return change(people, context, std::move(body));
      });
  router.add<None, None, None>(
      {.method = Method::del,
       .path = kPath,
       .permission = Permission::administer_server,
       .operation = "remove_person",
       .summary = "Removes a person with all sessions and tokens; the audit log keeps the name.",
       .success_status = 204,
       .problem_codes = {"not_found", "last_administrator", "person_is_you"}},
      [&people](RequestContext& context, None, None) { return remove(people, context); });
  router.add<None, None, InvitedDto>(
      {.method = Method::post,
       .path = kPath + "/invitation",
       .permission = Permission::administer_server,
       .operation = "reset_person",
       .summary = "Ends password and sessions of a person at once, and gives a new one-time link.",
       .success_status = 201,
       .problem_codes = {"not_found", "last_administrator", "person_is_you", "person_disabled"}},
      [&people](RequestContext& context, None, None) { return reset(people, context); });
}

}  // namespace

void add_people_routes(net::Router& router, const PeopleApiGround& ground) {
  add_person_routes(router, ground.people);
  router.add<None, None, None>(
      {.method = Method::del,
       .path = kPath + "/totp",
       .permission = Permission::administer_server,
       .operation = "remove_person_totp",
       .summary = "Takes a person's second factor away, for who has lost it.",
       .success_status = 204,
       .problem_codes = {"not_found", "totp_not_enabled"}},
      [ground](RequestContext& context, None, None) { return remove_totp(ground, context); });
  router.add<ListQueryDto, None, Page<LoginSessionDto>>(
      {.method = Method::get,
       .path = kPath + "/sessions",
       .permission = Permission::administer_server,
       .operation = "list_person_sessions",
       .summary = "Lists where a person is logged in, newest first.",
       .problem_codes = {"not_found"}},
      [ground](RequestContext& context, ListQueryDto query, None) {
        return list_sessions(ground, context, std::move(query));
      });
  router.add<None, None, None>(
      {.method = Method::del,
       .path = kPath + "/sessions",
       .permission = Permission::administer_server,
       .operation = "end_person_sessions",
       .summary = "Ends all sessions of a person but the one that asks.",
       .success_status = 204,
       .problem_codes = {"not_found"}},
      [ground](RequestContext& context, None, None) { return end_sessions_of(ground, context); });
  router.add<None, None, None>(
      {.method = Method::del,
       .path = kPath + "/sessions/{session}",
       .permission = Permission::administer_server,
       .operation = "end_person_session",
       .summary = "Ends one session of a person at once.",
       .success_status = 204,
       .problem_codes = {"not_found"}},
      [ground](RequestContext& context, None, None) { return end_session(ground, context); });
}

}  // namespace fettle::access
