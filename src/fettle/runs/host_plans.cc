#include "fettle/runs/host_plans.h"

#include <algorithm>

#include "fettle/base/json_value.h"
#include "fettle/base/text.h"
#include "fettle/wire/host_plans.h"

namespace fettle::runs {
namespace {

constexpr std::size_t kLongestName = 128;
constexpr std::string_view kCommandTitle = "Command";
constexpr std::string_view kNameField = "/body/parameters/name";

/// {"name": "nightly"}: a command that the policy file of the host names; what it is stands there alone.
Result<> check_command(const std::string& json) {
  const auto node = parse_json(json);
  if (!node || node->kind != JsonNode::Kind::object)
    return fail_field("/body/parameters", "must be an object");
  const JsonNode* name = nullptr;
  for (const JsonNode& member : node->items) {
    if (member.name != "name")
      return fail_field("/body/parameters/" + member.name, "is not known; there is name");
    name = &member;
  }
  const bool is_good = name != nullptr && name->kind == JsonNode::Kind::string && !name->text.empty() &&
                       name->text.size() <= kLongestName && is_plain_text(name->text);
  if (is_good) return {};
  return fail_field(std::string(kNameField), "must be the name of a command in the policy file of the host");
}

/// "nightly"; empty when the parameters are none of a command.
std::string name_in(const std::string& json) {
  const auto node = parse_json(json);
  if (!node || node->kind != JsonNode::Kind::object) return {};
  for (const JsonNode& member : node->items)
    if (member.name == "name") return member.text;
  return {};
}

/// Many commands are one plan: each run says which it is.
std::string command_title(const std::string& json) {
  const std::string name = name_in(json);
  return name.empty() ? std::string(kCommandTitle) : std::string(kCommandTitle) + " " + name;
}

Result<> check_offered(fleet::Roster& roster, const Target& target, const std::string& json) {
  const fleet::LiveHost* host = target.host ? roster.find(*target.host) : nullptr;
  if (host == nullptr || !host->commands) return {};  // the agent decides
  const std::vector<std::string>& offered = *host->commands;
  if (std::ranges::find(offered, name_in(json)) != offered.end()) return {};
  constexpr std::size_t kMostNamed = 12;
  std::string names;
  for (std::size_t i = 0; i < std::min(offered.size(), kMostNamed); ++i)
    names += (i == 0 ? "" : ", ") + offered[i];
  if (offered.size() > kMostNamed) names += ", and " + std::to_string(offered.size() - kMostNamed) + " more";
  return fail_field(std::string(kNameField),
                    offered.empty() ? "is no command of " + host->row.name + ": its policy file names none"
                                    : "must be a command of " + host->row.name + ": " + names);
}

Result<> check_nothing(const std::string& json) {
  if (const auto node = parse_json(json); node && node->items.empty()) return {};
  return fail_field("/body/parameters", "must be empty: this plan takes none");
}

template <std::size_t N>
Plan plan_of(std::string_view name, std::string title, const std::array<wire::HostStep, N>& steps) {
  Plan plan;
  plan.name = name;
  plan.title = std::move(title);
  plan.target_kind = kHostTarget;
  plan.is_on_host = true;
  for (const wire::HostStep& step : steps) {
    PlanTask task;
    task.name = step.name;
    task.title = step.title;
    plan.tasks.push_back(std::move(task));
  }
  return plan;
}

}  // namespace

void add_host_plans(RunService& runs, fleet::Roster& roster) {
  Plan command = plan_of(wire::kCommandPlan, std::string(kCommandTitle), wire::kCommandSteps);
  command.parameters = {"name"};
  command.check_parameters = check_command;
  command.title_of = command_title;
  command.check_offer = [&roster](const Target& target, const std::string& json) {
    return check_offered(roster, target, json);
  };
  command.tasks.front().deadline = std::chrono::hours(24);  // commands may be anything
  runs.add_plan(std::move(command));
  Plan check = plan_of(wire::kHostCheckPlan, "Check of the host", wire::kHostCheckSteps);
  check.check_parameters = check_nothing;
  for (PlanTask& task : check.tasks) task.deadline = Seconds(60);
  runs.add_plan(std::move(check));
}

}  // namespace fettle::runs
