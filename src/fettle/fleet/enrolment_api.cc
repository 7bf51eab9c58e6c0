// The routes of FleetApi by which machines join.
#include "fettle/base/encoding.h"
#include "fettle/fleet/fleet_api.h"
#include "fettle/fleet/host_dto.h"

namespace fettle::fleet {
namespace {

bool is_plain_word(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

/// A folder for each agent, so that two on one machine do not meet. The name is used only when a shell leaves
/// it as it is.
std::string data_folder(const std::optional<std::string>& name, const EnrolmentId& id) {
  constexpr std::size_t kShort = 6;
  const std::string hex = uuid_hex(id.uuid());
  return "./fettle-agent-" + (name && is_plain_word(*name) ? *name : hex.substr(hex.size() - kShort));
}

/// For a machine that has the program. On this very machine: an agent in a folder beside the reader, by hand.
/// Elsewhere: the service that the package brought, which runs as a user of its own.
std::string command_for(const FleetApiSettings& settings, const std::string& folder,
                        const std::string& token) {
  if (settings.is_loopback_only) {
    return settings.program + " enroll " + settings.public_url + " " + token + " --data " + folder + " && " +
           settings.program + " agent --data " + folder;
  }
  return "echo " + token + " | sudo -u fettle-agent fettle enroll " + settings.public_url +
         " --token-file - && sudo systemctl enable --now fettle-agent";
}

Task<Result<EnrolAnswer>> enrol(EnrolmentService& service, std::string server_id, EnrolRequest request,
                                std::string address) {
  auto key = base64_decode(request.public_key);
  if (!key) co_return fail_field("/body/public_key", "must be the base64 of an Ed25519 key of 32 bytes");
  // The pin behind the token is for the agent; who sends it along means the same token.
  request.token = request.token.substr(0, request.token.find('.'));
  EnrolFacts facts{Secret<std::string>(std::move(request.token)), std::move(*key), std::move(request.name),
                   inventory_from_machine(request.machine), std::move(address)};
  auto host = co_await service.enrol(std::move(facts));
  if (!host) co_return std::unexpected(std::move(host).error());
  co_return EnrolAnswer{host->id, host->name, host->environment, server_id};
}

Task<Result<net::None>> revoke(EnrolmentService& service, access::Actor actor, std::string id) {
  const auto parsed = EnrolmentId::parse(id);
  if (!parsed) co_return fail(ErrorCode::not_found, "not_found", "there is no such enrolment token");
  auto revoked = co_await service.revoke(std::move(actor), *parsed);
  if (!revoked) co_return std::unexpected(std::move(revoked).error());
  co_return net::None{};
}

Task<std::optional<EnvironmentId>> environment_of_token(EnrolmentService& service, std::string id) {
  const auto parsed = EnrolmentId::parse(id);
  if (!parsed) co_return std::nullopt;
  auto token = co_await service.find(*parsed);
  if (!token) co_return std::nullopt;
  co_return token->environment;
}

}  // namespace

EnrolmentTokenDto FleetApi::token_dto(const EnrolmentToken& token) const {
  EnrolmentTokenDto out;
  out.id = token.id;
  out.environment_id = token.environment;
  out.state = fleet_.enrolment().state_of(token);
  out.expires_at = token.expires_at;
  out.host_id = token.host;
  return out;
}

Task<Result<EnrolmentTokenDto>> FleetApi::make_token(access::Actor actor, EnvironmentId environment,
                                                     std::optional<std::string> name) {
  auto made = co_await fleet_.enrolment().make_token(std::move(actor), environment, name);
  if (!made) co_return std::unexpected(std::move(made).error());
  EnrolmentTokenDto out = token_dto(made->token);
  out.token = join_pin(made->text.reveal(), settings_.certificate_pin);
  out.public_url = settings_.public_url;
  if (settings_.certificate_pin) out.certificate_pin = pin_text(*settings_.certificate_pin);
  out.command = command_for(settings_, data_folder(name, made->token.id), *out.token);
  if (settings_.is_loopback_only) {
    out.hint =
        "This server listens on this machine only, so the command works here and nowhere else. For other "
        "machines set server.listen to an address of the network (the server then speaks TLS), or put a "
        "proxy "
        "with a certificate in front and set server.public_url; docs/install.md has both.";
  }
  if (install_command_) {
    auto command = co_await install_command_(*out.token);
    if (command) out.install_command = std::move(*command);
  }
  co_return out;
}

Task<Result<EnrolmentTokenDto>> FleetApi::make_token_for(access::Actor actor, HostId host) {
  auto made = co_await fleet_.enrolment().make_token_for(std::move(actor), host);
  if (!made) co_return std::unexpected(std::move(made).error());
  EnrolmentTokenDto out = token_dto(made->token);
  out.token = made->text.reveal();
  out.command =
      settings_.program + " enroll " + settings_.public_url + " " + *out.token + " --replace --data FOLDER";
  out.hint =
      "Stop the agent on that machine, run this with the folder of its identity as FOLDER (a service has "
      "/var/lib/fettle/agent), and start the agent again. What waits to be sent is kept.";
  co_return out;
}

Task<Result<EnrolmentTokenDto>> FleetApi::find_token(std::string id) {
  const auto parsed = EnrolmentId::parse(id);
  if (!parsed) co_return fail(ErrorCode::not_found, "not_found", "there is no such enrolment token");
  auto token = co_await fleet_.enrolment().find(*parsed);
  if (!token) co_return std::unexpected(std::move(token).error());
  co_return token_dto(*token);
}

void FleetApi::add_enrolment_routes(net::Router& router) {
  router.add_scope_resolver(
      "enrol", [this](std::string id) { return environment_of_token(fleet_.enrolment(), std::move(id)); });
  router.add<net::None, NewEnrolmentToken, EnrolmentTokenDto>(
      {.method = net::Method::post,
       .path = "/api/v1/enrolment-tokens",
       .permission = Permission::operate,
       .scope = net::ScopeSource::handler,
       .operation = "create_enrolment_token",
       .summary = "A single-use token, and the command that brings a machine into the fleet with it.",
       .success_status = 201},
      [this](net::RequestContext& context, net::None,
             NewEnrolmentToken body) -> Task<Result<EnrolmentTokenDto>> {
        const EnvironmentId environment = body.environment_id.value_or(environments_.default_id());
        if (auto allowed = context.require(environment); !allowed) {
          return net::ready<EnrolmentTokenDto>(std::unexpected(std::move(allowed).error()));
        }
        return make_token(access::actor_of(context), environment, std::move(body.name));
      });
  router.add<net::None, net::None, EnrolmentTokenDto>(
      {.method = net::Method::get,
       .path = "/api/v1/enrolment-tokens/{id}",
       .permission = Permission::operate,
       .scope = net::ScopeSource::path_id,
       .operation = "get_enrolment_token",
       .summary = "What became of a token: waiting, used (and by which host), or expired."},
      [this](net::RequestContext& context, net::None, net::None) {
        return find_token(std::string(context.path_parameter("id")));
      });
  router.add<net::None, net::None, net::None>({.method = net::Method::del,
                                               .path = "/api/v1/enrolment-tokens/{id}",
                                               .permission = Permission::operate,
                                               .scope = net::ScopeSource::path_id,
                                               .operation = "revoke_enrolment_token",
                                               .summary = "Makes an unused token worthless.",
                                               .success_status = 204},
                                              [this](net::RequestContext& context, net::None, net::None) {
                                                return revoke(fleet_.enrolment(), access::actor_of(context),
                                                              std::string(context.path_parameter("id")));
                                              });
  router.add<net::None, EnrolRequest, EnrolAnswer>(
      {.method = net::Method::post,
       .path = "/api/v1/enroll",
       .permission = Permission::public_access,
       .operation = "enroll_host",
       .summary = "A machine joins with its token and its public key.",
       .success_status = 201,
       .problem_codes = {"enrolment_token_unknown", "enrolment_token_used", "enrolment_token_expired"}},
      [this](net::RequestContext& context, net::None, EnrolRequest body) {
        return enrol(fleet_.enrolment(), fleet_.server_id(), std::move(body), context.request().peer.address);
      });
}

}  // namespace fettle::fleet
