#include "fettle/fleet/fleet_api.h"

#include "fettle/base/page_limit.h"
#include "fettle/base/text.h"
#include "fettle/fleet/host_dto.h"

namespace fettle::fleet {
namespace {

Task<Result<net::None>> remove_host(Fleet& fleet, access::Actor actor, std::string id) {
  const auto parsed = HostId::parse(id);
  if (!parsed) co_return fail(ErrorCode::not_found, "not_found", "there is no such host");
  auto removed = co_await fleet.remove(std::move(actor), *parsed);
  if (!removed) co_return std::unexpected(std::move(removed).error());
  co_return net::None{};
}

Task<std::optional<EnvironmentId>> environment_of_host(Fleet& fleet, std::string id) {
  const auto parsed = HostId::parse(id);
  const LiveHost* host = parsed ? fleet.roster().find(*parsed) : nullptr;
  co_return host == nullptr ? std::nullopt : std::optional(host->row.environment);
}

}  // namespace

FleetApi::FleetApi(Fleet& fleet, const access::Environments& environments, io::Loop& loop, io::Clock& clock,
                   io::WorkQueue& workers, FleetApiSettings settings)
    : fleet_(fleet),
      environments_(environments),
      loop_(loop),
      clock_(clock),
      workers_(workers),
      settings_(std::move(settings)) {}

void FleetApi::add_routes(net::Router& router) {
  router.add_scope_resolver("host",
                            [this](std::string id) { return environment_of_host(fleet_, std::move(id)); });
  add_host_routes(router);
  add_care_routes(router);
  add_series_routes(router);
  add_enrolment_routes(router);
  add_agent_route(router);
}

void FleetApi::add_host_routes(net::Router& router) {
  router.add<HostListQuery, net::None, net::Page<HostDto>>(
      {.method = net::Method::get,
       .path = "/api/v1/hosts",
       .permission = Permission::view,
       .scope = net::ScopeSource::any,
       .operation = "list_hosts",
       .summary = "Hosts that the caller may see, in the order in which they were enrolled.",
       .wait_for = [this] { return fleet_.until_recalled(); }},
      [this](net::RequestContext& context, HostListQuery query, net::None) {
        return net::ready(list_hosts(context, query));
      });
  router.add<net::None, net::None, HostDto>({.method = net::Method::get,
                                             .path = "/api/v1/hosts/{id}",
                                             .permission = Permission::view,
                                             .scope = net::ScopeSource::path_id,
                                             .operation = "get_host",
                                             .summary = "One host.",
                                             .wait_for = [this] { return fleet_.until_recalled(); }},
                                            [this](net::RequestContext& context, net::None, net::None) {
                                              return net::ready(host_answer(context));
                                            });
  router.add<net::None, net::None, HostCommandsDto>(
      {.method = net::Method::get,
       .path = "/api/v1/hosts/{id}/commands",
       .permission = Permission::view,
       .scope = net::ScopeSource::path_id,
       .operation = "get_host_commands",
       .summary = "The commands that the policy file of a host names: what may be run there by name."},
      [this](net::RequestContext& context, net::None, net::None) {
        return net::ready(commands_of(context));
      });
  router.add<net::None, net::None, net::None>(
      {.method = net::Method::del,
       .path = "/api/v1/hosts/{id}",
       .permission = Permission::administer,
       .scope = net::ScopeSource::path_id,
       .operation = "remove_host",
       .summary = "Removes a host: its key is revoked and its connection closed.",
       .success_status = 204},
      [this](net::RequestContext& context, net::None, net::None) {
        return remove_host(fleet_, access::actor_of(context), std::string(context.path_parameter("id")));
      });
}

Result<HostCommandsDto> FleetApi::commands_of(const net::RequestContext& context) {
  const auto id = HostId::parse(context.path_parameter("id"));
  const LiveHost* host = id ? fleet_.roster().find(*id) : nullptr;
  if (host == nullptr) return fail(ErrorCode::not_found, "not_found", "there is no such host");
  return HostCommandsDto{host->commands.value_or(std::vector<std::string>{}), host->commands.has_value()};
}

Result<std::vector<EnvironmentId>> FleetApi::environments_of(const net::RequestContext& context,
                                                             const std::optional<std::string>& asked) {
  return environments_.listed(context.principal(), asked);
}

Result<net::Page<HostDto>> FleetApi::list_hosts(const net::RequestContext& context,
                                                const HostListQuery& query) {
  FETTLE_TRY(const std::size_t limit, page_limit(query.limit));
  FETTLE_TRY(const auto environments, environments_of(context, query.environment));
  std::optional<HostId> after;
  if (query.cursor) {
    after = HostId::parse(*query.cursor);
    if (!after) return fail_field("/query/cursor", "must be the next_cursor of an earlier answer");
  }
  auto hosts = fleet_.roster().in_environments(environments);
  std::ranges::sort(hosts, {},
                    [](const LiveHost* host) { return host->row.id; });  // stable while names change
  net::Page<HostDto> page;
  for (const LiveHost* host : hosts) {
    if (after && host->row.id <= *after) continue;
    if (page.items.size() == limit) {
      page.next_cursor = page.items.back().id.text();
      break;
    }
    page.items.push_back(make_host_dto(*host, fleet_.history(), settings_.version));
  }
  return page;
}

void FleetApi::add_agent_route(net::Router& router) {
  router.add_raw<net::None>(
      {.method = net::Method::get,
       .path = "/api/v1/agent",
       .permission = Permission::public_access,
       .operation = "connect_agent",
       .summary = "Where agents connect: a WebSocket with the subprotocol fettle.agent.v1.",
       .success_status = 101,
       .answer_media_type = "application/octet-stream"},
      [this](net::RequestContext& context, net::None) {
        if (context.request().headers.has("Origin")) {
          return net::ready<net::Response>(
              fail(ErrorCode::forbidden, "browser_refused", "this address is for agents, not for pages"));
        }
        net::Response response;
        response.status = 101;
        response.websocket_protocol = "fettle.agent.v1";
        response.websocket = [this](std::unique_ptr<net::MessageChannel> channel) {
          return fleet_.serve(std::move(channel));
        };
        return net::ready<net::Response>(std::move(response));
      });
}

}  // namespace fettle::fleet
