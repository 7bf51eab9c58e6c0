// The routes of FleetApi by which people care for hosts.
#include <charconv>

#include "fettle/fleet/fleet_api.h"
#include "fettle/fleet/host_dto.h"
#include "fettle/fleet/host_text_rules.h"

namespace fettle::fleet {
namespace {

std::string etag_of(std::int64_t revision) {
  return '"' + std::to_string(revision) + '"';
}

/// The revision that If-Match names; nothing when there is none, or when any will do.
Result<std::optional<std::int64_t>> wanted_revision(const net::RequestContext& context) {
  const std::string_view tag = context.request().headers.get("If-Match");
  if (tag.empty() || tag == "*") return std::nullopt;
  std::int64_t revision = 0;
  const bool is_quoted = tag.size() > 2 && tag.front() == '"' && tag.back() == '"';
  if (is_quoted) {
    const char* end = tag.data() + tag.size() - 1;
    const auto read = std::from_chars(tag.data() + 1, end, revision);
    if (read.ec == std::errc{} && read.ptr == end) return revision;
  }
  // One that this server never gave can fit nothing.
  return fail(ErrorCode::precondition_failed, "changed_meanwhile",
              "somebody else has changed this host meanwhile; look at it again");
}

const net::RequestHeader kIfMatch{"If-Match", "The ETag that the host must still have; else 412."};

HostId host_id(const net::RequestContext& context) {
  return *HostId::parse(context.path_parameter("id"));  // the scope was found by it
}

}  // namespace

Result<HostDto> FleetApi::host_answer(net::RequestContext& context) {
  const auto id = HostId::parse(context.path_parameter("id"));
  const LiveHost* host = id ? fleet_.roster().find(*id) : nullptr;
  if (host == nullptr) return fail(ErrorCode::not_found, "not_found", "there is no such host");
  context.answer_headers().set("ETag", etag_of(host->row.revision));
  return make_host_dto(*host, fleet_.history(), settings_.version);
}

Task<Result<HostDto>> FleetApi::edit_host(net::RequestContext& context, HostEditDto body) {
  FETTLE_CO_TRY(const auto revision, wanted_revision(context));
  auto edited = co_await fleet_.care().edit(access::actor_of(context), host_id(context),
                                            {std::move(body.name), std::move(body.labels), revision});
  if (!edited) co_return std::unexpected(std::move(edited).error());
  co_return host_answer(context);
}

Task<Result<HostLabelsAnswerDto>> FleetApi::label_hosts(net::RequestContext& context, HostLabelsDto body) {
  constexpr std::size_t kMostHosts = 500;
  if (body.host_ids.empty() || body.host_ids.size() > kMostHosts)
    co_return fail_field("/body/host_ids", "must name 1 to 500 hosts");
  if (body.set.empty() && body.remove.empty())
    co_return fail_field("/body/set", "must have a label, unless remove has one");
  if (auto checked = check_labels(body.set, "/body/set"); !checked)
    co_return std::unexpected(std::move(checked).error());
  for (std::size_t i = 0; i < body.remove.size(); ++i) {
    if (body.set.contains(body.remove[i]))
      co_return fail_field("/body/remove/" + std::to_string(i), "is a label that set gives");
  }
  // All or nothing as far as can be told before: who may not change one of them changes none.
  for (std::size_t i = 0; i < body.host_ids.size(); ++i) {
    const LiveHost* host = fleet_.roster().find(body.host_ids[i]);
    Result<> allowed = fail(ErrorCode::not_found, "not_found", "there is no such host");
    if (host != nullptr) allowed = context.require(host->row.environment);
    if (!allowed && allowed.error().code == ErrorCode::not_found)
      co_return fail_field("/body/host_ids/" + std::to_string(i), "must be a host that you may see");
    if (!allowed) co_return std::unexpected(std::move(allowed).error());
  }
  HostLabelsAnswerDto out;
  for (const HostId& id : body.host_ids) {
    const LiveHost* host = fleet_.roster().find(id);
    if (host == nullptr) continue;  // removed since
    Labels labels = host->row.labels;
    for (const auto& [key, value] : body.set) labels[key] = value;
    for (const std::string& key : body.remove) labels.erase(key);
    if (labels == host->row.labels) {
      ++out.unchanged;
      continue;
    }
    auto edited = co_await fleet_.care().edit(access::actor_of(context), id, {{}, std::move(labels), {}});
    if (edited) {
      ++out.changed;
    } else {
      const Error& error = edited.error();
      out.failed.push_back({id, error.reason, error.fields.empty() ? error.detail : error.fields[0].detail});
    }
  }
  co_return out;
}

Task<Result<HostDto>> FleetApi::move_host(net::RequestContext& context, HostMoveDto body) {
  FETTLE_CO_TRY(const auto revision, wanted_revision(context));
  if (auto allowed = context.require(body.environment_id); !allowed) {
    if (allowed.error().code == ErrorCode::not_found)
      co_return fail_field("/body/environment_id", "must be an environment that you may see");
    co_return std::unexpected(std::move(allowed).error());
  }
  auto moved =
      co_await fleet_.care().move(access::actor_of(context), host_id(context), body.environment_id, revision);
  if (!moved) co_return std::unexpected(std::move(moved).error());
  co_return host_answer(context);
}

Task<Result<HostDto>> FleetApi::unlock_host(net::RequestContext& context) {
  auto unlocked = co_await fleet_.care().unlock(access::actor_of(context), host_id(context));
  if (!unlocked) co_return std::unexpected(std::move(unlocked).error());
  co_return host_answer(context);
}

Result<AgentVersionsDto> FleetApi::agent_versions(const std::vector<EnvironmentId>& environments) {
  AgentVersionsDto out;
  out.server_version = settings_.version;
  std::map<std::string, std::uint32_t> counts;
  for (const LiveHost* host : fleet_.roster().in_environments(environments)) {
    if (host->row.agent) {
      ++counts[host->row.agent->version];
    } else {
      ++out.unknown;
    }
  }
  for (const auto& [version, hosts] : counts)
    out.versions.push_back({version, hosts, is_older_version(version, settings_.version)});
  std::ranges::sort(out.versions, [](const AgentVersionDto& a, const AgentVersionDto& b) {
    return a.hosts != b.hosts ? a.hosts > b.hosts : a.version < b.version;
  });
  constexpr std::size_t kMostVersions = 500;  // an agent may call itself anything
  if (out.versions.size() > kMostVersions) out.versions.resize(kMostVersions);
  return out;
}

void FleetApi::add_care_routes(net::Router& router) {
  router.add<net::None, HostEditDto, HostDto>(
      {.method = net::Method::patch,
       .path = "/api/v1/hosts/{id}",
       .permission = Permission::operate,
       .scope = net::ScopeSource::path_id,
       .operation = "edit_host",
       .summary = "Gives a host another name, or other labels by hand; what is not given stays.",
       .problem_codes = {"name_taken", "changed_meanwhile"},
       .request_headers = {kIfMatch}},
      [this](net::RequestContext& context, net::None, HostEditDto body) {
        return edit_host(context, std::move(body));
      });
  router.add<net::None, HostLabelsDto, HostLabelsAnswerDto>(
      {.method = net::Method::post,
       .path = "/api/v1/host-labels",
       .permission = Permission::operate,
       .scope = net::ScopeSource::handler,
       .operation = "label_hosts",
       .summary = "Gives labels by hand to several hosts, and takes others away; what is not named stays."},
      [this](net::RequestContext& context, net::None, HostLabelsDto body) {
        return label_hosts(context, std::move(body));
      });
  router.add<net::None, HostMoveDto, HostDto>(
      {.method = net::Method::post,
       .path = "/api/v1/hosts/{id}/move",
       .permission = Permission::administer,
       .scope = net::ScopeSource::path_id,
       .operation = "move_host",
       .summary =
           "Moves a host to another environment, with its samples and events. Takes the permission in both.",
       .problem_codes = {"name_taken", "changed_meanwhile"},
       .request_headers = {kIfMatch}},
      [this](net::RequestContext& context, net::None, HostMoveDto body) { return move_host(context, body); });
  router.add<net::None, net::None, HostDto>(
      {.method = net::Method::post,
       .path = "/api/v1/hosts/{id}/unlock",
       .permission = Permission::administer,
       .scope = net::ScopeSource::path_id,
       .operation = "unlock_host",
       .summary =
           "Lets the agent of a host in again that was locked because two with its identity were seen."},
      [this](net::RequestContext& context, net::None, net::None) { return unlock_host(context); });
  router.add<net::None, net::None, EnrolmentTokenDto>(
      {.method = net::Method::post,
       .path = "/api/v1/hosts/{id}/re-enrol",
       .permission = Permission::administer,
       .scope = net::ScopeSource::path_id,
       .operation = "re_enrol_host",
       .summary = "A single-use token with which the machine gets a new key and stays the same host.",
       .success_status = 201},
      [this](net::RequestContext& context, net::None, net::None) {
        return make_token_for(access::actor_of(context), host_id(context));
      });
  router.add<EnvironmentQuery, net::None, AgentVersionsDto>(
      {.method = net::Method::get,
       .path = "/api/v1/agent-versions",
       .permission = Permission::view,
       .scope = net::ScopeSource::any,
       .operation = "get_agent_versions",
       .summary = "Which versions the agents of the fleet have, the most frequent first."},
      [this](net::RequestContext& context, EnvironmentQuery query, net::None) {
        auto environments = environments_of(context, query.environment);
        if (!environments)
          return net::ready<AgentVersionsDto>(std::unexpected(std::move(environments).error()));
        return net::ready(agent_versions(*environments));
      });
}

}  // namespace fettle::fleet
