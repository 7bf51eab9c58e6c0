#include "fettle/agent/identity.h"

#include <algorithm>

#include "fettle/base/encoding.h"
#include "fettle/base/id.h"
#include "fettle/base/json_codec.h"

namespace fettle::agent {

/// As it lies in the file. What a later version adds is optional here, or this version cannot read it.
struct IdentityFile {
  std::string host_id, name, environment_id, server_id, server_url, seed;
  std::optional<std::vector<std::string>> certificate_pins;
};
BOOST_DESCRIBE_STRUCT(IdentityFile, (),
                      (host_id, name, environment_id, server_id, server_url, seed, certificate_pins))

}  // namespace fettle::agent
FETTLE_JSON(fettle::agent::IdentityFile)

namespace fettle::agent {
namespace {

constexpr std::size_t kIdentityLimit = 64 * 1024;

std::string identity_path(const std::string& data_folder) {
  return data_folder + "/identity.json";
}

}  // namespace

std::string Identity::link_url() const {
  // "http" becomes "ws", so "https" becomes "wss".
  return "ws" + server_url.substr(std::string_view("http").size()) + "/api/v1/agent";
}

Key256 make_seed(io::Random& random) {
  std::array<std::uint8_t, 32> seed{};
  random.fill(seed);
  return Key256(seed);
}

Result<std::string> parse_server_url(std::string_view text) {
  const auto refuse = [] {
    return fail(ErrorCode::invalid_input, "server_url_wrong",
                "the server's address is http://HOST:PORT or https://HOST:PORT");
  };
  while (text.ends_with('/')) text.remove_suffix(1);
  std::string_view rest = text;
  if (rest.starts_with("https://")) {
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else {
    return refuse();
  }
  const std::string_view host = rest.substr(0, rest.find('/'));
  const bool has_odd = std::ranges::any_of(
      rest, [](unsigned char c) { return c <= ' ' || c >= 0x7f || c == '?' || c == '#' || c == '"'; });
  if (host.empty() || host.front() == ':' || host.find('@') != std::string_view::npos || has_odd)
    return refuse();
  return std::string(text);
}

Result<Identity> load_identity(io::Files& files, const std::string& data_folder) {
  const auto text = files.read_all(identity_path(data_folder), kIdentityLimit);
  if (!text) {
    if (text.error().code != ErrorCode::not_found) return std::unexpected(text.error());
    return fail(ErrorCode::not_found, "not_enrolled",
                data_folder +
                    " holds no identity: this host is not enrolled; 'Add a host' on the page shows the "
                    "command, fettle enroll URL TOKEN --data " +
                    data_folder);
  }
  const auto corrupt = [&](const std::string& why) {
    return fail(ErrorCode::corrupt, "identity_unreadable", identity_path(data_folder) + ": " + why);
  };
  auto file = from_json<IdentityFile>(*text, "");
  if (!file) return corrupt(file.error().detail);
  const auto seed = base64_decode(file->seed);
  std::array<std::uint8_t, 32> key{};
  if (!seed || seed->size() != key.size()) return corrupt("the key is not 32 bytes");
  std::ranges::copy(*seed, key.begin());
  auto url = parse_server_url(file->server_url);
  if (!url) return corrupt(url.error().detail);
  if (!HostId::parse(file->host_id)) return corrupt("the host id is none");
  std::vector<CertificatePin> pins;
  for (const std::string& one : file->certificate_pins.value_or(std::vector<std::string>())) {
    const auto pin = parse_pin(one);
    if (!pin) return corrupt("a certificate pin is none");
    pins.push_back(*pin);
  }
  return Identity{file->host_id, file->name,  file->environment_id, file->server_id,
                  *url,          Key256(key), std::move(pins)};
}

Result<> save_identity(io::Files& files, const std::string& data_folder, const Identity& identity) {
  if (auto made = files.make_folders(data_folder); !made) return made;
  IdentityFile file{identity.host_id,   identity.name,       identity.environment_id,
                    identity.server_id, identity.server_url, base64_encode(identity.seed.reveal()),
                    std::nullopt};
  if (!identity.pins.empty()) file.certificate_pins.emplace();
  for (const CertificatePin& pin : identity.pins) file.certificate_pins->push_back(pin_text(pin));
  return files.write_atomically(identity_path(data_folder), to_json(file) + "\n");
}

Result<> save_next_key(io::Files& files, const std::string& data_folder, const Key256& seed) {
  return files.write_atomically(data_folder + "/next.key", hex_encode(seed.reveal()));
}

std::optional<Key256> load_next_key(io::Files& files, const std::string& data_folder) {
  constexpr std::size_t kSeedTextLimit = 256;
  std::array<std::uint8_t, 32> bytes{};
  const auto text = files.read_all(data_folder + "/next.key", kSeedTextLimit);
  if (!text || !hex_decode(*text, bytes)) return std::nullopt;
  return Key256(bytes);
}

Result<> commit_next_key(io::Files& files, const std::string& data_folder, Identity identity,
                         const Key256& seed) {
  identity.seed = seed;
  if (auto saved = save_identity(files, data_folder, identity); !saved) return saved;
  // Another change may have begun since: its key lies nowhere else, and the server may have it by now.
  const auto waiting = load_next_key(files, data_folder);
  if (waiting && waiting->reveal() == seed.reveal())
    ignore(files.remove(data_folder + "/next.key"), "it is the key in force by now, which does no harm");
  return {};
}

std::string sign_hello(const Identity& identity, const wire::Challenge& challenge,
                       std::string_view channel_binding) {
  const SigningKey key = make_signing_key(identity.seed);
  const std::string input =
      wire::hello_signing_input({challenge.nonce, challenge.server_id, identity.host_id, channel_binding});
  const Signature signature = sign(key, as_bytes(input));
  return std::string(as_text(signature));
}

}  // namespace fettle::agent
