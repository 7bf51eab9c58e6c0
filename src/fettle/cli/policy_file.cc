#include "fettle/cli/policy_file.h"

#include <fmt/format.h>

#include "fettle/cli/command_policy.h"
#include "fettle/cli/config_file.h"

namespace fettle::cli {
namespace {

/// A number of the policy, once: its name, where it goes, what it may be. Kinds of work that bring lists
/// (roots of backups, hooks by their hash) get tables of their own beside this one.
struct PolicyNumber {
  std::string_view name;
  Millis PolicyOptions::* place;
  std::int64_t least, most;
};

constexpr std::int64_t kLeastMs = 1'000;  // what the protocol knows
constexpr std::int64_t kMostMs = 60'000;

constexpr PolicyNumber kNumbers[] = {
    {"heartbeat.fastest_interval_ms", &PolicyOptions::fastest_interval, kLeastMs, kMostMs},
    {"heartbeat.slowest_interval_ms", &PolicyOptions::slowest_interval, kLeastMs, kMostMs},
};

std::string unknown_key(std::string_view name) {
  std::vector<std::string_view> names;
  for (const PolicyNumber& number : kNumbers) names.push_back(number.name);
  for (const std::string_view key : kCommandKeys) names.push_back(key);
  const auto nearest = nearest_name(name, names);
  return nearest ? fmt::format("there is no such key; is {} meant?", *nearest)
                 : "there is no such key in a policy";
}

/// What is wrong with it; empty when it was taken.
std::string take(const FileSetting& setting, PolicyOptions& policy) {
  for (const PolicyNumber& number : kNumbers) {
    if (number.name != setting.name) continue;
    const auto* value = setting.value ? std::get_if<std::int64_t>(&*setting.value) : nullptr;
    if (value == nullptr || *value < number.least || *value > number.most)
      return fmt::format("must be an integer from {} to {}", number.least, number.most);
    policy.*number.place = Millis(*value);
    return {};
  }
  if (auto wrong = take_command_setting(setting, policy.commands)) return *wrong;
  return unknown_key(setting.name);
}

}  // namespace

PolicyOutcome parse_policy(const std::string& path, std::string_view text) {
  PolicyOutcome outcome;
  const auto settings = parse_config_file(text);
  if (!settings) {
    outcome.problems.push_back(
        {fmt::format("{}:{}", path, settings.error().line), "", settings.error().text});
    return outcome;
  }
  for (const FileSetting& setting : *settings) {
    if (std::string wrong = take(setting, outcome.policy); !wrong.empty())
      outcome.problems.push_back({fmt::format("{}:{}", path, setting.line), setting.name, std::move(wrong)});
  }
  if (outcome.problems.empty() && outcome.policy.fastest_interval > outcome.policy.slowest_interval)
    outcome.problems.push_back(
        {path, "heartbeat.fastest_interval_ms", "must not be more than heartbeat.slowest_interval_ms"});
  for (const auto& [name, command] : outcome.policy.commands) {
    if (command.arguments.empty())
      outcome.problems.push_back(
          {path, "commands." + name + ".argv", "is missing: a command needs a program"});
  }
  return outcome;
}

Result<PolicyOutcome> load_policy(const std::string& named, const Surroundings& surroundings) {
  const std::string path = named.empty() ? std::string(kPolicyPath) : named;
  auto text = surroundings.read_trusted_file(path);
  if (text) return parse_policy(path, *text);
  if (text.error().code == ErrorCode::not_found && named.empty()) return PolicyOutcome{};
  if (text.error().code == ErrorCode::forbidden) {
    return fail(ErrorCode::forbidden, text.error().reason,
                text.error().detail + "; a policy counts only when nobody but root can change it");
  }
  return fail(ErrorCode::unprocessable, "file_unreadable", text.error().detail);
}

}  // namespace fettle::cli
