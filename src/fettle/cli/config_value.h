// Values of configuration keys: from text (environment, flag, default), checked against their key, and back
// to TOML. Problems are sentences that say what is allowed.
#pragma once
#include <expected>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "fettle/cli/config_table.h"
#include "fettle/cli/options.h"

namespace fettle::cli {

/// Text for text, path, choice, listen and url; the list for networks.
using ConfigValue = std::variant<std::string, std::int64_t, bool, std::vector<std::string>>;

std::expected<ConfigValue, std::string> parse_config_text(const ConfigKey& key, std::string_view text);
/// The value itself when the key may hold it.
std::expected<ConfigValue, std::string> check_config_value(const ConfigKey& key, ConfigValue value);
std::string to_toml(const ConfigValue& value);

std::optional<ListenAddress> parse_listen_address(std::string_view text);

}  // namespace fettle::cli
