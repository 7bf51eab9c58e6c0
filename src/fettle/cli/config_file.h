// A configuration file as a flat list of what it says, with the line of each. The only place that knows
// TOML++.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fettle/cli/config_value.h"

namespace fettle::cli {

struct FileSetting {
  std::string name;  // "server.listen"
  std::uint32_t line = 0;
  std::optional<ConfigValue> value;  // none for what no key can hold: dates, fractions, mixed lists
};

struct FileFault {
  std::uint32_t line = 0;
  std::string text;
};

/// In the order of the lines.
std::expected<std::vector<FileSetting>, FileFault> parse_config_file(std::string_view text);

}  // namespace fettle::cli
