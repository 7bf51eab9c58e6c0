#include <CLI/CLI.hpp>

#include "fettle/cli/commands.h"
#include "fettle/cli/config_flags.h"
#include "fettle/cli/service_place.h"
#include "fettle/cli/config_table.h"

namespace fettle::cli {
namespace {

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
  CLI::App* rotate =
      command->add_subcommand("rotate-key", "Replace the key with which this host proves who it is");
  auto folder = std::make_shared<std::string>(find_config_key("agent.data")->fallback);
  rotate->add_option("--data", *folder, "Folder of the agent's identity")
      ->type_name("DIR")
      ->capture_default_str();
  rotate->callback(
      [&context, folder] { context.chosen = [&context, folder] { return rotate_key(*folder, context); }; });
  command->callback([&context, flags, rotate] {
    if (rotate->parsed()) return;
    context.chosen = [&context, flags] {
      auto config = load_checked_config(*flags, context.surroundings);
      if (!config) return ExitCode::usage;
      AgentOptions options = agent_options(*config);
      options.service = service_place(context.surroundings);
      auto done = context.actions.run_agent(options);
      return done ? ExitCode::ok : context.report(done.error());
    };
  });
}

}  // namespace fettle::cli
