// The flags that the table of keys names, for a command that runs on the configuration, and the reading of
// all its sources.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "fettle/cli/config.h"
#include "fettle/cli/surroundings.h"

namespace CLI {
class App;
}

namespace fettle::cli {

struct ConfigFlags {
  std::string config_path;
  std::map<std::string, std::optional<std::string>> by_key;  // key name: what was given
};

/// Adds --config and a flag for each key of `section` ("server") that has one; none for an empty section.
std::shared_ptr<ConfigFlags> add_config_flags(CLI::App& command, std::string_view section);

/// File, environment and flags together. The file is the one of --config, of FETTLE_CONFIG, or the system's
/// when there is one and no --data was given.
Result<ConfigOutcome> load_config(const ConfigFlags& flags, const Surroundings& surroundings);

/// The same for a command that cannot run with a problem: prints all of them.
std::optional<Config> load_checked_config(const ConfigFlags& flags, const Surroundings& surroundings);

}  // namespace fettle::cli
