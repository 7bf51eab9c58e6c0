#include "fettle/cli/config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "fettle/base/check.h"
#include "fettle/cli/config_file.h"
#include "fettle/cli/transport_rules.h"

namespace fettle::cli {
namespace {

/// "FETTLE_SERVER_" and the like; empty for a name that is no key of the configuration.
std::string_view environment_prefix(std::string_view name) {
  for (const std::string_view prefix : {"FETTLE_SERVER_", "FETTLE_UPKEEP_", "FETTLE_AGENT_"})
    if (name.starts_with(prefix)) return prefix;
  return {};
}

/// Collects values by key; a later source overwrites an earlier one.
class Resolver {
 public:
  void take_defaults() {
    for (const ConfigKey& key : config_keys()) {
      auto value = parse_config_text(key, key.fallback);
      FETTLE_CHECK(value.has_value(), "a default of the table is not allowed by it");
      settings_.push_back({&key, std::move(*value), "default"});
    }
  }

  void take_file(const std::string& path, const std::string& text) {
    auto file = parse_config_file(text);
    if (!file) {
      problems_.push_back({fmt::format("{}:{}", path, file.error().line), "", file.error().text});
      return;
    }
    for (FileSetting& setting : *file) {
      std::string where = fmt::format("{}:{}", path, setting.line);
      const ConfigKey* key = find_config_key(setting.name);
      if (!key && unknown_section(setting.name))
        problems_.push_back({where, setting.name,
                             fmt::format("there is no section [{}]; allowed are {}",
                                         *unknown_section(setting.name), all_sections())});
      else if (!key)
        refuse_unknown(where, setting.name,
                       std::string(nearest_name(setting.name, all_names()).value_or("")));
      else if (!setting.value)
        problems_.push_back({where, setting.name, "allowed is " + allowed_text(*key)});
      else
        put(*key, check_config_value(*key, std::move(*setting.value)), where, setting.name);
    }
  }

  void take_environment(const std::map<std::string, std::string>& environment) {
    std::map<std::string, const ConfigKey*> by_name;
    for (const ConfigKey& key : config_keys()) by_name.emplace(environment_name(key), &key);
    for (const auto& [name, text] : environment) {
      const std::string_view prefix = environment_prefix(name);
      if (prefix.empty()) continue;
      if (auto found = by_name.find(name); found != by_name.end()) {
        put(*found->second, parse_config_text(*found->second, text), name, std::string(found->second->name));
        continue;
      }
      // What all names begin with says nothing about which one is meant.
      std::vector<std::string_view> names;
      for (const auto& [known, key] : by_name)
        if (known.starts_with(prefix)) names.push_back(std::string_view(known).substr(prefix.size()));
      const auto nearest = nearest_name(std::string_view(name).substr(prefix.size()), names);
      refuse_unknown(name, name, nearest ? std::string(prefix) + std::string(*nearest) : "");
    }
  }

  void take_flags(const std::map<std::string, std::string>& flags) {
    for (const auto& [name, text] : flags) {
      const ConfigKey* key = find_config_key(name);
      FETTLE_CHECK(key, "flags are made from the table");
      put(*key, parse_config_text(*key, text), std::string(key->flag), name);
    }
  }

  ConfigOutcome finish() {
    Config config(std::move(settings_));
    if (problems_.empty()) check_transport(config);
    return {std::move(config), std::move(problems_)};
  }

 private:
  void put(const ConfigKey& key, std::expected<ConfigValue, std::string> value, const std::string& where,
           const std::string& name) {
    if (!value) {
      problems_.push_back({where, name, std::move(value.error())});
      return;
    }
    for (ConfigSetting& setting : settings_)
      if (setting.key == &key) setting.value = std::move(*value), setting.origin = where;
  }

  void check_transport(const Config& config) {
    for (const TransportFault& fault : find_transport_faults(config)) {
      for (const ConfigSetting& setting : config.settings())
        if (setting.key->name == fault.key)
          problems_.push_back({setting.origin, std::string(fault.key), std::string(fault.text)});
    }
  }

  /// "backup" of "backup.path" when no key is in such a section.
  static std::optional<std::string> unknown_section(const std::string& name) {
    if (!name.contains('.')) return std::nullopt;
    const std::string section = name.substr(0, name.find('.'));
    for (const ConfigKey& key : config_keys())
      if (key.name.starts_with(section + '.')) return std::nullopt;
    return section;
  }

  static std::string all_sections() {
    std::vector<std::string> sections;
    for (const ConfigKey& key : config_keys()) {
      std::string section(key.name.substr(0, key.name.find('.')));
      if (std::ranges::find(sections, section) == sections.end()) sections.push_back(std::move(section));
    }
    return fmt::format("[{}]", fmt::join(sections, "], ["));
  }

  void refuse_unknown(const std::string& where, const std::string& name, const std::string& nearest) {
    problems_.push_back(
        {where, name,
         "there is no such key" + (nearest.empty() ? "" : fmt::format("; is {} meant?", nearest))});
  }

  static std::vector<std::string_view> all_names() {
    std::vector<std::string_view> names;
    for (const ConfigKey& key : config_keys()) names.push_back(key.name);
    return names;
  }

  std::vector<ConfigSetting> settings_;
  std::vector<ConfigProblem> problems_;
};

io::LogLevel log_level(const std::string& name) {
  if (name == "trace") return io::LogLevel::trace;
  if (name == "debug") return io::LogLevel::debug;
  if (name == "warn") return io::LogLevel::warn;
  return name == "error" ? io::LogLevel::error : io::LogLevel::info;
}

LogOptions log_options(const Config& config, const std::string& section) {
  return {log_level(config.text(section + ".log_level")),
          config.text(section + ".log_format") == "json" ? io::LogFormat::json : io::LogFormat::text};
}

UpkeepOptions upkeep_options(const Config& config) {
  const auto days = [&](std::string_view name) { return std::chrono::days(config.integer(name)); };
  return {.is_on = config.boolean("upkeep.enabled"),
          .interval = std::chrono::hours(config.integer("upkeep.interval_hours")),
          .off = config.list("upkeep.off"),
          .sessions = days("upkeep.session_days"),
          .enrolment_tokens = days("upkeep.enrolment_token_days"),
          .invitations = days("upkeep.invitation_days"),
          .host_states = days("upkeep.host_state_days"),
          .audit = days("upkeep.audit_days"),
          .absent_hosts = days("upkeep.absent_days"),
          .run_logs = days("upkeep.run_log_days"),
          .ledger = days("upkeep.ledger_days"),
          .commands = days("upkeep.command_days"),
          .runs_per_target = config.integer("upkeep.runs_per_target"),
          .commands_per_host = config.integer("upkeep.commands_per_host"),
          .copies = config.integer("upkeep.copies"),
          .between_copies = std::chrono::hours(config.integer("upkeep.copy_hours")),
          .copy_folder = config.text("upkeep.copy_folder")};
}

}  // namespace

const ConfigValue& Config::value(std::string_view name) const {
  for (const ConfigSetting& setting : settings_)
    if (setting.key->name == name) return setting.value;
  FETTLE_CHECK(false, "no such configuration key");
}

const std::string& Config::text(std::string_view name) const {
  return std::get<std::string>(value(name));
}
std::int64_t Config::integer(std::string_view name) const {
  return std::get<std::int64_t>(value(name));
}
bool Config::boolean(std::string_view name) const {
  return std::get<bool>(value(name));
}
const std::vector<std::string>& Config::list(std::string_view name) const {
  return std::get<std::vector<std::string>>(value(name));
}

ConfigOutcome resolve_config(const ConfigSources& sources) {
  Resolver resolver;
  resolver.take_defaults();
  if (!sources.file_path.empty()) resolver.take_file(sources.file_path, sources.file_text);
  resolver.take_environment(sources.environment);
  resolver.take_flags(sources.flags);
  return resolver.finish();
}

std::string format_problem(const ConfigProblem& problem) {
  return problem.key.empty() || problem.key == problem.where
             ? fmt::format("{}: {}", problem.where, problem.text)
             : fmt::format("{}: {}: {}", problem.where, problem.key, problem.text);
}

ServerOptions server_options(const Config& config) {
  auto listen = parse_listen_address(config.text("server.listen"));
  FETTLE_CHECK(listen.has_value(), "a checked configuration");
  return {.data_folder = config.text("server.data"),
          .listen = std::move(*listen),
          .public_url = config.text("server.public_url"),
          .log = log_options(config, "server"),
          .heartbeat_interval = Millis(config.integer("server.heartbeat_interval_ms")),
          .session_idle = std::chrono::hours(config.integer("server.session_idle_hours")),
          .event_days = static_cast<int>(config.integer("server.event_days")),
          .event_level = config.text("server.event_level"),
          .session_absolute = std::chrono::hours(config.integer("server.session_absolute_hours")),
          .keep_raw = std::chrono::hours(config.integer("server.history_raw_hours")),
          .keep_minutes = std::chrono::days(config.integer("server.history_minute_days")),
          .keep_hours = std::chrono::days(config.integer("server.history_hour_days")),
          .speaks_tls = speaks_tls(config),
          .tls_certificate = config.text("server.tls_certificate"),
          .tls_key = config.text("server.tls_key"),
          .trusted_proxies = config.list("server.trusted_proxies"),
          .metrics_open_on_loopback = config.boolean("server.metrics_open_on_loopback"),
          .upkeep = upkeep_options(config),
          .ready_file = std::nullopt};
}

AgentOptions agent_options(const Config& config) {
  constexpr std::uint64_t kMib = 1024ULL * 1024;
  return {.data_folder = config.text("agent.data"),
          .server_url = config.text("agent.server_url"),
          .certificate_pin = config.text("agent.certificate_pin"),
          .log = log_options(config, "agent"),
          .outbox_bytes = static_cast<std::uint64_t>(config.integer("agent.outbox_mib")) * kMib,
          .labels = config.list("agent.labels")};
}

}  // namespace fettle::cli
