#include "fettle/cli/config_flags.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

namespace fettle::cli {
namespace {

constexpr std::string_view kSystemFile = "/etc/fettle/fettle.toml";

bool names_data_folder(const ConfigFlags& flags) {
  for (const auto& [name, text] : flags.by_key)
    if (text && name.ends_with(".data")) return true;
  return false;
}

}  // namespace

std::shared_ptr<ConfigFlags> add_config_flags(CLI::App& command, std::string_view section) {
  auto flags = std::make_shared<ConfigFlags>();  // shared: the parser's option and the chosen command hold it
  command.add_option("--config", flags->config_path, "Configuration file (TOML)")->type_name("FILE");
  for (const ConfigKey& key : config_keys()) {
    if (key.flag.empty() || section.empty() || !key.name.starts_with(section)) continue;
    auto& slot = flags->by_key[std::string(key.name)];
    command
        .add_option_function<std::string>(
            std::string(key.flag), [&slot](const std::string& text) { slot = text; }, std::string(key.help))
        ->type_name(key.type == ConfigType::path ? "DIR" : "VALUE");
  }
  return flags;
}

Result<ConfigOutcome> load_config(const ConfigFlags& flags, const Surroundings& surroundings) {
  ConfigSources sources;
  sources.environment = surroundings.environment;
  for (const auto& [name, text] : flags.by_key)
    if (text) sources.flags.emplace(name, *text);
  sources.file_path = flags.config_path.empty() ? surroundings.variable("FETTLE_CONFIG") : flags.config_path;
  bool is_named = !sources.file_path.empty();
  if (!is_named && !names_data_folder(flags)) sources.file_path = kSystemFile;
  if (!sources.file_path.empty()) {
    auto text = surroundings.read_file(sources.file_path);
    if (text)
      sources.file_text = std::move(*text);
    else if (is_named || text.error().code != ErrorCode::not_found)
      return std::unexpected(std::move(text.error()));
    else
      sources.file_path.clear();
  }
  return resolve_config(sources);
}

std::optional<Config> load_checked_config(const ConfigFlags& flags, const Surroundings& surroundings) {
  auto outcome = load_config(flags, surroundings);
  if (!outcome) {
    surroundings.err(fmt::format("fettle: {}\n", outcome.error().detail));
    return std::nullopt;
  }
  for (const ConfigProblem& problem : outcome->problems) surroundings.err(format_problem(problem) + "\n");
  if (!outcome->problems.empty()) return std::nullopt;
  return std::move(outcome->config);
}

}  // namespace fettle::cli
