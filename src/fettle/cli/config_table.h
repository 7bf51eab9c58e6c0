// Every key of the configuration, once: its name, what it may hold, what it holds when nobody says anything.
// The file, the environment, the flags, `config check`, `config example` and docs/configuration.md are all
// read off this table.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace fettle::cli {

enum class ConfigType : std::uint8_t {
  text,
  path,  // of a folder
  file,  // path of a file, or empty
  pin,   // of a certificate, "none", or empty
  integer,
  boolean,
  choice,
  listen,    // ADDRESS:PORT
  url,       // http or https, or empty
  networks,  // list of addresses or networks
  labels,    // list of "key=value"
  choices,   // list of some of ConfigKey::choices
};

struct ConfigKey {
  std::string_view name;  // "server.listen": table and key in the file
  ConfigType type;
  std::string_view fallback;   // as it is written in the environment; lists with commas
  std::string_view help;       // one sentence
  std::string_view flag = {};  // "--listen", or empty
  std::int64_t least = 0;      // integers
  std::int64_t most = 0;
  std::string_view choices = {};  // "debug|info"
};

std::span<const ConfigKey> config_keys();
const ConfigKey* find_config_key(std::string_view name);

/// "server.public_url" as "FETTLE_SERVER_PUBLIC_URL".
std::string environment_name(const ConfigKey& key);
/// What the key may hold, for people: "an integer from 1000 to 60000".
std::string allowed_text(const ConfigKey& key);

/// The name that was most likely meant, when one is near enough.
std::optional<std::string_view> nearest_name(std::string_view name, std::span<const std::string_view> names);

}  // namespace fettle::cli
