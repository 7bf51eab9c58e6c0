#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "fettle/base/text.h"
#include "fettle/cli/commands.h"
#include "fettle/cli/config_flags.h"
#include "fettle/cli/config_table.h"
#include "fettle/cli/policy_file.h"
#include "fettle/cli/service_place.h"
#include "fettle/cli/text_table.h"

namespace fettle::cli {
namespace {

/// Prints what is wrong; nothing when there is no policy to run on.
std::expected<PolicyOptions, ExitCode> checked_policy(const std::string& path,
                                                      const CommandContext& context) {
  auto outcome = load_policy(path, context.surroundings);
  if (!outcome) return std::unexpected(context.report(outcome.error()));
  for (const ConfigProblem& problem : outcome->problems)
    context.surroundings.err(format_problem(problem) + "\n");
  if (!outcome->problems.empty()) return std::unexpected(ExitCode::usage);
  return outcome->policy;
}

Result<PolicyOptions> read_policy_again(const std::string& path, const Surroundings& surroundings) {
  FETTLE_TRY(PolicyOutcome outcome, load_policy(path, surroundings));
  if (outcome.problems.empty()) return std::move(outcome.policy);
  Error error{ErrorCode::unprocessable, "invalid_policy", {}, {}, 0};
  for (const ConfigProblem& problem : outcome.problems)
    error.detail += (error.detail.empty() ? "" : "; ") + format_problem(problem);
  return std::unexpected(std::move(error));
}

ExitCode run_agent(const ConfigFlags& flags, const std::string& policy_path, const CommandContext& context) {
  auto config = load_checked_config(flags, context.surroundings);
  if (!config) return ExitCode::usage;
  const auto policy = checked_policy(policy_path, context);
  if (!policy) return policy.error();
  AgentOptions options = agent_options(*config);
  options.policy = *policy;
  options.read_policy_again = [policy_path, &context] {
    return read_policy_again(policy_path, context.surroundings);
  };
  options.service = service_place(context.surroundings);
  auto done = context.actions.run_agent(options);
  return done ? ExitCode::ok : context.report(done.error());
}

TextTable command_table(const PolicyOptions& policy) {
  TextTable table;
  table.columns = {{"COMMAND"}, {"RUNS"}, {"IN"}, {"AS"}, {"FOR AT MOST"}};
  for (const auto& [name, command] : policy.commands) {
    std::string line;
    for (const std::string& argument : command.arguments)
      line += (line.empty() ? "" : " ") + escape_control(argument);
    table.rows.push_back({name, line, escape_control(command.folder),
                          command.user.empty() ? "the agent's user" : escape_control(command.user),
                          fmt::format("{} s", command.deadline.count())});
  }
  return table;
}

ExitCode check_policy(const std::string& path, const CommandContext& context) {
  const auto policy = checked_policy(path, context);
  if (!policy) return policy.error();
  TextTable table;
  table.columns = {{"THE SERVER MAY"}, {"FROM"}, {"TO"}};
  table.rows.push_back({"set the interval of heartbeats",
                        fmt::format("{} ms", policy->fastest_interval.count()),
                        fmt::format("{} ms", policy->slowest_interval.count())});
  std::string text = format_table(table, Palette::plain);
  if (!policy->commands.empty()) text += "\n" + format_table(command_table(*policy), Palette::plain);
  context.surroundings.out(text);
  for (const auto& [name, command] : policy->commands) {
    if (const std::string& program = command.arguments.front(); !context.surroundings.is_there(program))
      context.surroundings.err(
          fmt::format("{}: there is no {} on this machine (or this user may not see it)\n", name,
                      escape_control(program)));
  }
  return ExitCode::ok;
}

void add_policy_command(CLI::App& agent, CommandContext& context) {
  CLI::App* policy = agent.add_subcommand("policy", "What the server may ask of this host");
  policy->require_subcommand(1);
  CLI::App* check = policy->add_subcommand("check", "Name what is wrong, or print what is allowed");
  auto path = std::make_shared<std::string>();  // shared: the parser's option and the chosen command hold it
  check->add_option("--policy", *path, fmt::format("Policy file (default {})", kPolicyPath))
      ->type_name("FILE");
  check->callback(
      [&context, path] { context.chosen = [&context, path] { return check_policy(*path, context); }; });
}

ExitCode rotate_key(const std::string& folder, const CommandContext& context) {
  auto begun = context.actions.begin_key_change(folder);
  if (!begun) return context.report(begun.error());
  std::string text = begun->was_begun_before
                         ? "A new key is there already, and waits to be taken.\n"
                         : "The new key is made. The old one stays good until the server has it.\n";
  text += begun->is_agent_running ? "The agent offers it when it is told to (systemctl reload fettle-agent, "
                                    "or kill -HUP), or starts again.\n"
                                  : "The agent offers it when it starts.\n";
  context.surroundings.out(text);
  return ExitCode::ok;
}

}  // namespace

void add_agent_command(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand("agent", "Run the agent of an enrolled host in the foreground");
  auto flags = add_config_flags(*command, "agent.");
  auto policy_path = std::make_shared<std::string>();
  command
      ->add_option(
          "--policy", *policy_path,
          fmt::format(
              "What the server may ask of this host, in a file of root's (default {}, if it is there)",
              kPolicyPath))
      ->type_name("FILE");
  add_policy_command(*command, context);
  CLI::App* rotate =
      command->add_subcommand("rotate-key", "Replace the key with which this host proves who it is");
  auto folder = std::make_shared<std::string>(find_config_key("agent.data")->fallback);
  rotate->add_option("--data", *folder, "Folder of the agent's identity")
      ->type_name("DIR")
      ->capture_default_str();
  rotate->callback(
      [&context, folder] { context.chosen = [&context, folder] { return rotate_key(*folder, context); }; });
  command->callback([&context, flags, policy_path, command] {
    if (!command->get_subcommands().empty()) return;  // it has chosen already
    context.chosen = [&context, flags, policy_path] { return run_agent(*flags, *policy_path, context); };
  });
}

}  // namespace fettle::cli
