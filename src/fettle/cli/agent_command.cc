#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "fettle/cli/commands.h"
#include "fettle/cli/config_flags.h"
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

ExitCode run_agent(const ConfigFlags& flags, const std::string& policy_path, const CommandContext& context) {
  auto config = load_checked_config(flags, context.surroundings);
  if (!config) return ExitCode::usage;
  const auto policy = checked_policy(policy_path, context);
  if (!policy) return policy.error();
  AgentOptions options = agent_options(*config);
  options.policy = *policy;
  options.service = service_place(context.surroundings);
  auto done = context.actions.run_agent(options);
  return done ? ExitCode::ok : context.report(done.error());
}

ExitCode check_policy(const std::string& path, const CommandContext& context) {
  const auto policy = checked_policy(path, context);
  if (!policy) return policy.error();
  TextTable table;
  table.columns = {{"THE SERVER MAY"}, {"FROM"}, {"TO"}};
  table.rows.push_back({"set the interval of heartbeats",
                        fmt::format("{} ms", policy->fastest_interval.count()),
                        fmt::format("{} ms", policy->slowest_interval.count())});
  context.surroundings.out(format_table(table, Palette::plain));
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
  command->callback([&context, flags, policy_path, command] {
    if (!command->get_subcommands().empty()) return;  // it has chosen already
    context.chosen = [&context, flags, policy_path] { return run_agent(*flags, *policy_path, context); };
  });
}

}  // namespace fettle::cli
