#include "fettle/cli/config_reference.h"

#include <fmt/format.h>

#include "fettle/base/check.h"
#include "fettle/cli/config_value.h"

namespace fettle::cli {
namespace {

std::string fallback_toml(const ConfigKey& key) {
  auto value = parse_config_text(key, key.fallback);
  FETTLE_CHECK(value.has_value(), "a default of the table is not allowed by it");
  return to_toml(*value);
}

std::string_view section_of(const ConfigKey& key) {
  return key.name.substr(0, key.name.find('.'));
}

}  // namespace

std::string config_reference_markdown() {
  std::string out =
      "# Configuration\n\n"
      "One TOML file, named by `--config FILE` or `FETTLE_CONFIG`; without either, `/etc/fettle/fettle.toml` "
      "if it is\n"
      "there and no `--data` is given. Every key can also be set in the environment, the common ones by a "
      "flag. A flag\n"
      "stands above the environment, the environment above the file, the file above the default. Unknown "
      "keys are\n"
      "errors.\n\n"
      "`fettle config check` names file, line and key of whatever is wrong, or prints what is in force and "
      "where each\n"
      "value came from. `fettle config example` prints a commented file to start from.\n\n"
      "This page is printed by `fettle config reference`.\n";
  std::string_view section;
  for (const ConfigKey& key : config_keys()) {
    if (section_of(key) != section) {
      section = section_of(key);
      out += fmt::format(
          "\n## {}\n\n| key | default | allowed | environment | flag |\n|---|---|---|---|---|\n", section);
      for (const ConfigKey& row : config_keys())
        if (section_of(row) == section)
          out += fmt::format("| `{}` | `{}` | {} | `{}` | {} |\n", row.name, fallback_toml(row),
                             allowed_text(row), environment_name(row),
                             row.flag.empty() ? "" : fmt::format("`{}`", row.flag));
      out += '\n';
    }
    out += fmt::format("- `{}`: {}\n", key.name, key.help);
  }
  return out;
}

std::string config_example_toml() {
  std::string out = "# Configuration of Fettle. Every line that is commented out shows the default.\n";
  std::string_view section;
  for (const ConfigKey& key : config_keys()) {
    if (section_of(key) != section) {
      section = section_of(key);
      out += fmt::format("\n[{}]\n", section);
    }
    out += fmt::format("# {} Allowed: {}.\n# {} = {}\n", key.help, allowed_text(key),
                       key.name.substr(section.size() + 1), fallback_toml(key));
  }
  return out;
}

}  // namespace fettle::cli
