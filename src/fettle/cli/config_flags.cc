#include "fettle/cli/config_flags.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "fettle/base/text.h"

namespace fettle::cli {
namespace {

constexpr std::string_view kSystemFile = "/etc/fettle/fettle.toml";

bool names_data_folder(const ConfigFlags& flags) {
  for (const auto& [name, text] : flags.by_key)
    if (text && name.ends_with(".data")) return true;
  return false;
}

std::string value_name(const ConfigKey& key) {
  switch (key.type) {
    case ConfigType::path:
      return "DIR";
    case ConfigType::file:
      return "FILE";
    case ConfigType::listen:
      return "ADDRESS:PORT";
    case ConfigType::url:
      return "URL";
    case ConfigType::integer:
      return "N";
    case ConfigType::text:
    case ConfigType::pin:
    case ConfigType::boolean:
    case ConfigType::choice:
    case ConfigType::networks:
    case ConfigType::labels:
    case ConfigType::choices:
      return "VALUE";
  }
  return "VALUE";
}

/// The sentence of the table as a phrase, with what is allowed where a name does not say it.
std::string flag_help(const ConfigKey& key) {
  std::string_view help = key.help;
  if (help.ends_with('.')) help.remove_suffix(1);
  const std::string allowed = key.type == ConfigType::choice ? ": " + allowed_text(key) : "";
  const std::string fallback = key.fallback.empty() ? "" : fmt::format("; default {}", key.fallback);
  return fmt::format("{}{} (or {}{})", help, allowed, environment_name(key), fallback);
}

}  // namespace

std::shared_ptr<ConfigFlags> add_config_flags(CLI::App& command, std::string_view section) {
  auto flags = std::make_shared<ConfigFlags>();  // shared: the parser's option and the chosen command hold it
  command
      .add_option("--config", flags->config_path,
                  fmt::format("Configuration file, TOML (or FETTLE_CONFIG; default {}, if it is there{})",
                              kSystemFile, section.empty() ? "" : " and --data is not given"))
      ->type_name("FILE");
  for (const ConfigKey& key : config_keys()) {
    if (key.flag.empty() || section.empty() || !key.name.starts_with(section)) continue;
    auto& slot = flags->by_key[std::string(key.name)];
    command
        .add_option_function<std::string>(
            std::string(key.flag), [&slot](const std::string& text) { slot = text; }, flag_help(key))
        ->type_name(value_name(key));
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
      return fail(ErrorCode::unprocessable, "file_unreadable", text.error().detail);
    else
      sources.file_path.clear();
  }
  return resolve_config(sources);
}

std::optional<Config> load_checked_config(const ConfigFlags& flags, const Surroundings& surroundings) {
  auto outcome = load_config(flags, surroundings);
  if (!outcome) {
    surroundings.err(
        fmt::format("fettle: {} ({})\n", escape_control(outcome.error().detail), outcome.error().reason));
    return std::nullopt;
  }
  for (const ConfigProblem& problem : outcome->problems) surroundings.err(format_problem(problem) + "\n");
  if (!outcome->problems.empty()) return std::nullopt;
  return std::move(outcome->config);
}

}  // namespace fettle::cli
