#include "fettle/app/simulated_enrolment.h"

#include <algorithm>
#include <boost/describe.hpp>

#include "fettle/app/crew.h"
#include "fettle/app/simulated_host.h"
#include "fettle/base/encoding.h"
#include "fettle/base/json_codec.h"
#include "fettle/base/json_value.h"
#include "fettle/net/client.h"

namespace fettle::app {
namespace {

struct TokenWish {
  std::string name;
};
BOOST_DESCRIBE_STRUCT(TokenWish, (), (name))

struct EnrolWish {
  std::string token, public_key, name;
};
BOOST_DESCRIBE_STRUCT(EnrolWish, (), (token, public_key, name))

/// What the workers share.
struct Work {
  Work(const EnrolmentGround& where, cli::SimulateOptions chosen)
      : ground(where), options(std::move(chosen)), client(where.loop, where.clock) {
    const auto bearer = split_pin(options.bearer.reveal());
    if (!bearer || !bearer->pin) return;
    options.bearer = Secret<std::string>(bearer->token);
    pins.push_back(*bearer->pin);
  }
  EnrolmentGround ground;
  cli::SimulateOptions options;
  net::HttpClient client;
  std::vector<CertificatePin>
      pins;  // of the server's certificate; with tokens that carry one, that of the first
  std::vector<std::optional<agent::Identity>> identities;
  std::size_t removed = 0;
};

/// The text member `name` of a JSON object; what else is in it is of no interest here.
Result<std::string> member_of(std::string_view json, std::string_view name) {
  FETTLE_TRY(const JsonNode node, parse_json(json));
  for (const JsonNode& item : node.items) {
    if (item.name == name && item.kind == JsonNode::Kind::string) return item.text;
  }
  return fail(ErrorCode::corrupt, "answer", "the server's answer has no " + std::string(name));
}

/// The body of a good answer.
Task<Result<std::string>> call(std::shared_ptr<Work> work, net::Method method, std::string url,
                               std::string bearer, std::string body) {
  net::ClientRequest request;
  request.method = method;
  request.url = std::move(url);
  if (!body.empty()) request.headers.set("Content-Type", "application/json");
  if (!bearer.empty()) request.headers.set("Authorization", "Bearer " + bearer);
  request.body = std::move(body);
  request.pins = work->pins;
  auto answer = co_await work->client.send(std::move(request));
  if (!answer) co_return std::unexpected(std::move(answer).error());
  if (answer->status < 200 || answer->status > 299) co_return std::unexpected(net::error_of(*answer));
  co_return std::move(answer->body);
}

const JsonNode* member(const JsonNode& node, std::string_view name) {
  const auto found = std::ranges::find(node.items, name, &JsonNode::name);
  return found == node.items.end() ? nullptr : &*found;
}

/// Whether the session of a token lists this permission for the environment that new hosts go to.
bool may(const JsonNode& session, std::string_view permission) {
  const JsonNode* environments = member(session, "environments");
  if (environments == nullptr) return false;
  for (const JsonNode& environment : environments->items) {
    const JsonNode* name = member(environment, "name");
    const JsonNode* permissions = member(environment, "permissions");
    if (name == nullptr || name->text != "default" || permissions == nullptr) continue;
    return std::ranges::any_of(permissions->items,
                               [&](const JsonNode& item) { return item.text == permission; });
  }
  return false;
}

/// Before anything is made: a fleet that cannot be taken away again should be somebody's wish.
Task<Result<>> check_scopes(std::shared_ptr<Work> work) {
  FETTLE_CO_TRY(const std::string body,
                co_await call(work, net::Method::get, work->options.url + "/api/v1/session",
                              work->options.bearer.reveal(), ""));
  FETTLE_CO_TRY(const JsonNode session, parse_json(body));
  if (!may(session, "operate"))
    co_return fail(
        ErrorCode::forbidden, "scope_missing",
        "this API token may not add hosts: that takes the scope operate, and the scope admin to remove "
        "them at the end");
  if (!work->options.keep_hosts && !may(session, "administer"))
    co_return fail(
        ErrorCode::forbidden, "scope_missing",
        "this API token may not remove the hosts at the end: that takes the scope admin; with --keep "
        "they stay in the fleet");
  co_return Result<>{};
}

Task<Result<>> enrol_one(std::shared_ptr<Work> work, std::size_t index) {
  const cli::SimulateOptions& options = work->options;
  agent::Identity identity;
  identity.name = "sim-" + std::to_string(index + 1);
  identity.server_url = options.url;
  identity.seed = agent::make_seed(work->ground.random);
  std::string token;
  if (options.enrolment_tokens.empty()) {
    FETTLE_CO_TRY(const std::string made,
                  co_await call(work, net::Method::post, options.url + "/api/v1/enrolment-tokens",
                                options.bearer.reveal(), to_json(TokenWish{identity.name})));
    FETTLE_CO_TRY(token, member_of(made, "token"));
  } else {
    token = options.enrolment_tokens.at(index).reveal();
  }
  const auto parts = split_pin(token);
  if (!parts) co_return fail(ErrorCode::invalid_input, "token_unreadable", "an enrolment token is damaged");
  if (parts->pin && work->pins.empty()) work->pins.push_back(*parts->pin);
  const EnrolWish wish{parts->token, base64_encode(make_signing_key(identity.seed).public_key),
                       identity.name};
  FETTLE_CO_TRY(const std::string done,
                co_await call(work, net::Method::post, options.url + "/api/v1/enroll", "", to_json(wish)));
  FETTLE_CO_TRY(identity.host_id, member_of(done, "host_id"));
  FETTLE_CO_TRY(identity.environment_id, member_of(done, "environment_id"));
  FETTLE_CO_TRY(identity.server_id, member_of(done, "server_id"));
  identity.pins = work->pins;
  work->identities[index] = std::move(identity);
  co_return Result<>{};
}

Task<Result<>> remove_one(std::shared_ptr<Work> work, std::string host_id) {
  const auto removed = co_await call(work, net::Method::del, work->options.url + "/api/v1/hosts/" + host_id,
                                     work->options.bearer.reveal(), "");
  if (!removed && removed.error().code != ErrorCode::not_found)  // somebody else may have been quicker
    co_return std::unexpected(removed.error());
  ++work->removed;
  co_return Result<>{};
}

}  // namespace

Task<EnrolledHosts> enrol_simulated_hosts(EnrolmentGround ground, cli::SimulateOptions options) {
  const auto work = std::make_shared<Work>(ground, std::move(options));
  EnrolledHosts out;
  if (work->options.enrolment_tokens.empty()) {
    if (auto allowed = co_await check_scopes(work); !allowed) {
      out.fault = std::move(allowed).error();
      co_return out;
    }
  }
  work->identities.resize(work->options.hosts);
  CrewOrder order;
  order.jobs = work->options.hosts;
  order.work = [work](std::size_t index) { return enrol_one(work, index); };
  order.is_over = ground.is_over;
  order.on_done = ground.on_done;
  auto ran = co_await run_crew(ground.tasks, std::move(order));
  if (!ran) out.fault = std::move(ran).error();
  for (auto& identity : work->identities) {
    if (identity) out.identities.push_back(std::move(*identity));
  }
  co_return out;
}

Task<Result<std::vector<std::string>>> find_simulated_hosts(EnrolmentGround ground,
                                                            cli::SimulateOptions options) {
  const auto work = std::make_shared<Work>(ground, std::move(options));
  if (auto allowed = co_await check_scopes(work); !allowed) co_return std::unexpected(allowed.error());
  std::vector<std::string> found;
  std::string cursor;
  do {
    const std::string url =
        work->options.url + "/api/v1/hosts?limit=500" + (cursor.empty() ? "" : "&cursor=" + cursor);
    FETTLE_CO_TRY(const std::string body,
                  co_await call(work, net::Method::get, url, work->options.bearer.reveal(), ""));
    FETTLE_CO_TRY(const JsonNode page, parse_json(body));
    const JsonNode* items = member(page, "items");
    for (const JsonNode& host : items == nullptr ? std::vector<JsonNode>{} : items->items) {
      const JsonNode* labels = member(host, "labels_by_agent");
      const JsonNode* id = member(host, "id");
      if (labels != nullptr && id != nullptr && member(*labels, kSimulatedLabel) != nullptr)
        found.push_back(id->text);
    }
    const JsonNode* next = member(page, "next_cursor");
    cursor = next == nullptr ? std::string() : next->text;
  } while (!cursor.empty());
  co_return found;
}

Task<RemovedHosts> remove_simulated_hosts(EnrolmentGround ground, cli::SimulateOptions options,
                                          std::vector<std::string> host_ids) {
  const auto work = std::make_shared<Work>(ground, std::move(options));
  CrewOrder order;
  order.jobs = host_ids.size();
  order.work = [work, host_ids = std::move(host_ids)](std::size_t index) {
    return remove_one(work, host_ids[index]);
  };
  order.is_over = ground.is_over;
  order.on_done = ground.on_done;
  auto ran = co_await run_crew(ground.tasks, std::move(order));
  RemovedHosts out;
  out.count = work->removed;
  if (!ran) out.fault = std::move(ran).error();
  co_return out;
}

}  // namespace fettle::app
