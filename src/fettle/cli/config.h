// The configuration in force: flag over environment over file over default, each value with where it came
// from. All problems are found at once, each with its place; with a problem there is no configuration to run
// on.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "fettle/cli/config_value.h"

namespace fettle::cli {

struct ConfigSources {
  std::string file_path;  // for messages; empty: no file
  std::string file_text;
  std::map<std::string, std::string>
      environment;  // whole; names that begin with FETTLE_SERVER_, FETTLE_UPKEEP_, FETTLE_AGENT_ count
  std::map<std::string, std::string> flags;  // by key name
};

struct ConfigProblem {
  std::string where;  // "fettle.toml:12", "FETTLE_SERVER_LISTEN", "--listen"
  std::string key;    // as it was written; empty when the file cannot be read at all
  std::string text;   // what is wrong and what is allowed

  friend bool operator==(const ConfigProblem&, const ConfigProblem&) = default;
};

struct ConfigSetting {
  const ConfigKey* key;
  ConfigValue value;
  std::string origin;  // "default" or as ConfigProblem::where
};

class Config {
 public:
  explicit Config(std::vector<ConfigSetting> settings) : settings_(std::move(settings)) {}
  [[nodiscard]] const std::vector<ConfigSetting>& settings() const { return settings_; }
  /// The key exists and has this type: our own mistake otherwise.
  [[nodiscard]] const std::string& text(std::string_view name) const;
  [[nodiscard]] std::int64_t integer(std::string_view name) const;
  [[nodiscard]] bool boolean(std::string_view name) const;
  [[nodiscard]] const std::vector<std::string>& list(std::string_view name) const;

 private:
  [[nodiscard]] const ConfigValue& value(std::string_view name) const;
  std::vector<ConfigSetting> settings_;  // one for each key, in the order of the table
};

struct ConfigOutcome {
  Config config;
  std::vector<ConfigProblem> problems;
};

ConfigOutcome resolve_config(const ConfigSources& sources);
std::string format_problem(const ConfigProblem& problem);

/// The plain options for `app`; what is no configuration (ready file) is left at its default.
ServerOptions server_options(const Config& config);
AgentOptions agent_options(const Config& config);

}  // namespace fettle::cli
