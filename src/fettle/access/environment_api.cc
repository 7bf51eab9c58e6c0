#include "fettle/access/environment_api.h"

#include "fettle/access/people_dto.h"
#include "fettle/net/entity_tag.h"

namespace fettle::access {
namespace {

using net::Method;
using net::None;
using net::Page;
using net::RequestContext;

Result<Page<EnvironmentDto>> visible_environments(const Principal& principal, const ListQueryDto& query) {
  FETTLE_TRY(const std::size_t limit, list_limit(query));
  FETTLE_TRY(const auto after, id_cursor<EnvironmentId>(query));
  Page<EnvironmentDto> page;
  for (auto at = after ? principal.grants.upper_bound(*after) : principal.grants.begin();
       at != principal.grants.end(); ++at) {
    if (page.items.size() == limit) {
      page.next_cursor = page.items.back().id.text();
      break;
    }
    page.items.push_back({at->first, at->second.environment_name});
  }
  return page;
}

Result<EnvironmentId> id_of(const RequestContext& context) {
  const auto id = EnvironmentId::parse(context.path_parameter("id"));
  if (id) return *id;
  return fail(ErrorCode::not_found, "not_found", "There is no such environment.");
}

EnvironmentNoteDto with_tag(RequestContext& context, const EnvironmentNote& note) {
  context.answer_headers().add("ETag", net::entity_tag(note.row.version));
  return environment_note_dto(note);
}

Task<Result<Page<EnvironmentNoteDto>>> list_all(EnvironmentService& environments, ListQueryDto query) {
  FETTLE_CO_TRY(const auto notes, co_await environments.list());
  std::vector<EnvironmentNoteDto> all;
  for (const EnvironmentNote& note : notes) all.push_back(environment_note_dto(note));
  co_return page_of(std::move(all), query);
}

Task<Result<EnvironmentNoteDto>> make(EnvironmentService& environments, RequestContext& context,
                                      EnvironmentNameDto body) {
  const Actor actor = actor_of(context);
  FETTLE_CO_TRY(const EnvironmentNote note,
                co_await environments.make(context.principal(), actor, std::move(body.name)));
  context.answer_headers().add("Location", "/api/v1/environments/" + note.row.id.text());
  co_return with_tag(context, note);
}

Task<Result<EnvironmentNoteDto>> rename(EnvironmentService& environments, RequestContext& context,
                                        EnvironmentNameDto body) {
  FETTLE_CO_TRY(const EnvironmentId id, id_of(context));
  const Actor actor = actor_of(context);
  const std::string if_match(context.request().headers.get("If-Match"));
  FETTLE_CO_TRY(const EnvironmentNote note,
                co_await environments.rename(actor, id, std::move(body.name), if_match));
  co_return with_tag(context, note);
}

Task<Result<None>> remove(EnvironmentService& environments, RequestContext& context) {
  FETTLE_CO_TRY(const EnvironmentId id, id_of(context));
  const Actor actor = actor_of(context);
  FETTLE_CO_TRY(const auto removed, co_await environments.remove(actor, id));
  constexpr int kAccepted = 202;
  if (removed == EnvironmentService::Removed::under_way) context.set_status(kAccepted);
  co_return None{};
}

}  // namespace

void add_environment_routes(net::Router& router, EnvironmentService& environments) {
  router.add<ListQueryDto, None, Page<EnvironmentDto>>(
      {.method = Method::get,
       .path = "/api/v1/environments",
       .permission = Permission::signed_in,
       .operation = "list_environments",
       .summary = "Lists the environments that one may see, in the order of their ids."},
      [](RequestContext& context, const ListQueryDto& query, None) {
        return net::ready<Page<EnvironmentDto>>(visible_environments(context.principal(), query));
      });
  router.add<ListQueryDto, None, Page<EnvironmentNoteDto>>(
      {.method = Method::get,
       .path = "/api/v1/server/environments",
       .permission = Permission::administer_server,
       .operation = "list_all_environments",
       .summary = "Lists all environments by name, with what is in each."},
      [&environments](RequestContext&, ListQueryDto query, None) {
        return list_all(environments, std::move(query));
      });
  router.add<None, EnvironmentNameDto, EnvironmentNoteDto>(
      {.method = Method::post,
       .path = "/api/v1/environments",
       .permission = Permission::administer_server,
       .operation = "make_environment",
       .summary = "Makes an environment; who makes it becomes its administrator.",
       .success_status = 201,
       .problem_codes = {"name_taken", "too_many_environments"}},
      [&environments](RequestContext& context, None, EnvironmentNameDto body) {
        return make(environments, context, std::move(body));
      });
  router.add<None, EnvironmentNameDto, EnvironmentNoteDto>(
      {.method = Method::patch,
       .path = "/api/v1/environments/{id}",
       .permission = Permission::administer_server,
       .operation = "rename_environment",
       .summary = "Gives an environment another name.",
       .problem_codes = {"not_found", "name_taken", "built_in", "being_removed", "changed_meanwhile"},
       .request_headers = {{"If-Match", "The ETag that the change is made from."}}},
      [&environments](RequestContext& context, None, EnvironmentNameDto body) {
        return rename(environments, context, std::move(body));
      });
  router.add<None, None, None>(
      {.method = Method::del,
       .path = "/api/v1/environments/{id}",
       .permission = Permission::administer_server,
       .operation = "remove_environment",
       .summary = "Removes an empty environment, with the roles in it. 202: its history goes bit by bit; "
                  "until that is"
                  " done the list of all environments says since when it is being removed.",
       .success_status = 204,
       .problem_codes = {"not_found", "built_in", "environment_not_empty"}},
      [&environments](RequestContext& context, None, None) { return remove(environments, context); });
}

}  // namespace fettle::access
