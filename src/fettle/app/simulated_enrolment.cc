#include "fettle/app/simulated_enrolment.h"

#include <boost/describe.hpp>

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

/// The text member `name` of a JSON object; what else is in it is of no interest here.
Result<std::string> member_of(std::string_view json, std::string_view name) {
  FETTLE_TRY(const JsonNode node, parse_json(json));
  for (const JsonNode& item : node.items) {
    if (item.name == name && item.kind == JsonNode::Kind::string) return item.text;
  }
  return fail(ErrorCode::corrupt, "answer", "the server's answer has no " + std::string(name));
}

Task<Result<std::string>> post(net::HttpClient& client, std::string url, std::string bearer,
                               std::string body) {
  net::ClientRequest request;
  request.method = net::Method::post;
  request.url = std::move(url);
  request.headers.set("Content-Type", "application/json");
  if (!bearer.empty()) request.headers.set("Authorization", "Bearer " + bearer);
  request.body = std::move(body);
  auto answer = co_await client.send(std::move(request));
  if (!answer) co_return std::unexpected(std::move(answer).error());
  constexpr int kCreated = 201;
  if (answer->status != kCreated) co_return std::unexpected(net::error_of(*answer));
  co_return std::move(answer->body);
}

Task<Result<agent::Identity>> enrol_one(net::HttpClient& client, io::Random& random,
                                        cli::SimulateOptions options, std::size_t index) {
  agent::Identity identity;
  identity.name = "sim-" + std::to_string(index + 1);
  identity.server_url = options.url;
  identity.seed = agent::make_seed(random);
  std::string token;
  if (options.enrolment_tokens.empty()) {
    FETTLE_CO_TRY(const std::string made,
                  co_await post(client, options.url + "/api/v1/enrolment-tokens", options.bearer.reveal(),
                                to_json(TokenWish{identity.name})));
    FETTLE_CO_TRY(token, member_of(made, "token"));
  } else {
    token = options.enrolment_tokens.at(index).reveal();
  }
  const EnrolWish wish{token, base64_encode(make_signing_key(identity.seed).public_key), identity.name};
  FETTLE_CO_TRY(const std::string done,
                co_await post(client, options.url + "/api/v1/enroll", "", to_json(wish)));
  FETTLE_CO_TRY(identity.host_id, member_of(done, "host_id"));
  FETTLE_CO_TRY(identity.environment_id, member_of(done, "environment_id"));
  FETTLE_CO_TRY(identity.server_id, member_of(done, "server_id"));
  co_return identity;
}

}  // namespace

Task<Result<std::vector<agent::Identity>>> enrol_simulated_hosts(io::Loop& loop, io::Clock& clock,
                                                                 io::Random& random,
                                                                 cli::SimulateOptions options) {
  net::HttpClient client(loop, clock);
  std::vector<agent::Identity> out;
  for (std::size_t i = 0; i < options.hosts; ++i) {
    FETTLE_CO_TRY(agent::Identity identity, co_await enrol_one(client, random, options, i));
    out.push_back(std::move(identity));
  }
  co_return out;
}

}  // namespace fettle::app
