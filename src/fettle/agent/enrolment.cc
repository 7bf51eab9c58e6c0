#include "fettle/agent/enrolment.h"

#include <algorithm>

#include "fettle/base/encoding.h"
#include "fettle/base/id.h"
#include "fettle/base/json_codec.h"
#include "fettle/base/json_value.h"

namespace fettle::agent {

struct EnrolMachine {
  std::string hostname, os, kernel, architecture, cpu_model;
  std::uint32_t cores = 0;
  std::uint64_t memory_bytes = 0;
  std::string boot_id;
  std::optional<WallTime> booted_at;
  std::string virtualization;
};
BOOST_DESCRIBE_STRUCT(EnrolMachine, (),
                      (hostname, os, kernel, architecture, cpu_model, cores, memory_bytes, boot_id,
                       booted_at))

struct EnrolBody {
  std::string token, public_key, name;
  EnrolMachine machine;
};
BOOST_DESCRIBE_STRUCT(EnrolBody, (), (token, public_key, name, machine))

}  // namespace fettle::agent
FETTLE_JSON(fettle::agent::EnrolBody)

namespace fettle::agent {
namespace {

constexpr std::size_t kSeedTextLimit = 256;

std::string key_path(const std::string& data_folder) {
  return data_folder + "/enrolment.key";
}

/// The key of an earlier attempt, or a new one that is on disk when this returns.
Result<Key256> prepare_seed(io::Files& files, io::Random& random, const std::string& data_folder) {
  std::array<std::uint8_t, 32> bytes{};
  if (const auto text = files.read_all(key_path(data_folder), kSeedTextLimit)) {
    if (hex_decode(*text, bytes)) return Key256(bytes);
  }
  if (auto made = files.make_folders(data_folder); !made) return std::unexpected(made.error());
  const Key256 seed = make_seed(random);
  if (auto written = files.write_atomically(key_path(data_folder), hex_encode(seed.reveal())); !written)
    return std::unexpected(written.error());
  return seed;
}

std::string make_body(const EnrolOrder& order, const std::string& token, const Key256& seed) {
  const wire::Inventory& machine = order.machine;
  EnrolBody body{token,
                 base64_encode(make_signing_key(seed).public_key),
                 order.name.empty() ? machine.hostname : order.name,
                 {machine.hostname,
                  machine.os,
                  machine.kernel,
                  machine.architecture,
                  machine.cpu_model,
                  machine.cores,
                  machine.memory_bytes,
                  machine.boot_id,
                  {},
                  machine.virtualization}};
  if (machine.booted_at_ms > 0) body.machine.booted_at = wall_from_unix_ms(machine.booted_at_ms);
  return to_json(body);
}

/// A text member; empty when it is not there. A later server may say more: other members are passed over.
std::string text_of(const JsonNode& object, std::string_view name) {
  for (const JsonNode& member : object.items) {
    if (member.name == name && member.kind == JsonNode::Kind::string) return member.text;
  }
  return {};
}

Error refusal(int status, const JsonNode& problem) {
  Error error{ErrorCode::internal, text_of(problem, "code"), text_of(problem, "detail"), {}, 0};
  switch (status) {
    case 401:
      error.code = ErrorCode::unauthenticated;
      break;
    case 403:
      error.code = ErrorCode::forbidden;
      break;
    case 409:
      error.code = ErrorCode::conflict;
      break;
    case 410:
      error.code = ErrorCode::gone;
      break;
    case 400:
    case 422:
      error.code = ErrorCode::unprocessable;
      break;
    case 404:
      error.code = ErrorCode::not_found;
      break;
    case 429:
      error.code = ErrorCode::rate_limited;
      break;
    default:
      error.code = status >= 500 ? ErrorCode::unavailable : ErrorCode::internal;
  }
  if (error.reason.empty()) error.reason = "enrolment_refused";
  if (error.detail.empty())
    error.detail = "the answer has status " + std::to_string(status) +
                   " and no reason; is this the address of a Fettle server?";
  return error;
}

}  // namespace

Task<Result<Identity>> enroll(EnrolClient& client, io::Files& files, io::Random& random, EnrolOrder order) {
  const auto present = load_identity(files, order.data_folder);
  if (!order.replaces && (present || present.error().reason != "not_enrolled")) {
    co_return fail(ErrorCode::conflict, "already_enrolled",
                   order.data_folder + " already holds an identity; --replace puts another in its place");
  }
  FETTLE_CO_TRY(const std::string url, parse_server_url(order.server_url));
  const auto token = split_pin(order.token);
  if (!token) {
    co_return fail(ErrorCode::invalid_input, "token_unreadable",
                   "the token is damaged: copy the whole command again");
  }
  std::vector<CertificatePin> pins;
  if (token->pin) {
    pins.push_back(*token->pin);
    // The pin says that the server speaks TLS with a key of its own; nothing is sent to whoever does not.
    if (!url.starts_with("https://")) {
      co_return fail(ErrorCode::invalid_input, "https_needed",
                     "the token is for a server that speaks TLS: its address begins with https://");
    }
  }
  FETTLE_CO_TRY(const Key256 seed, prepare_seed(files, random, order.data_folder));
  FETTLE_CO_TRY(const EnrolAnswer answer,
                co_await client.post(url + "/api/v1/enroll", make_body(order, token->token, seed), pins));
  const auto json = parse_json(answer.body);
  if (answer.status < 200 || answer.status > 299)
    co_return std::unexpected(refusal(answer.status, json.value_or(JsonNode{})));
  Identity identity;
  if (json) {
    identity.host_id = text_of(*json, "host_id");
    identity.name = text_of(*json, "name");
    identity.environment_id = text_of(*json, "environment_id");
    identity.server_id = text_of(*json, "server_id");
  }
  identity.server_url = url;
  identity.seed = seed;
  identity.pins = std::move(pins);
  if (!HostId::parse(identity.host_id) || identity.server_id.empty())
    co_return fail(ErrorCode::unavailable, "enrolment_answer_unreadable",
                   "the answer names no host and server; is this the address of a Fettle server?");
  if (auto saved = save_identity(files, order.data_folder, identity); !saved)
    co_return std::unexpected(saved.error());
  ignore(files.remove(key_path(order.data_folder)), "identity.json has the key now");
  ignore(files.remove(order.data_folder + "/next.key"), "a change of the key before this one");
  co_return identity;
}

}  // namespace fettle::agent
