#include <CLI/CLI.hpp>

#include "fettle/cli/commands.h"
#include "fettle/cli/config_flags.h"
#include "fettle/cli/service_place.h"

namespace fettle::cli {

void add_agent_command(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand("agent", "Run the agent of an enrolled host in the foreground");
  auto flags = add_config_flags(*command, "agent.");
  command->callback([&context, flags] {
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
