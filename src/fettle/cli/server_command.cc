#include <CLI/CLI.hpp>

#include "fettle/cli/commands.h"
#include "fettle/cli/config_flags.h"
#include "fettle/cli/service_place.h"

namespace fettle::cli {
namespace {

Result<ServerOptions> read_again(const ConfigFlags& flags, const Surroundings& surroundings) {
  FETTLE_TRY(const ConfigOutcome outcome, load_config(flags, surroundings));
  if (outcome.problems.empty()) return server_options(outcome.config);
  Error error{ErrorCode::unprocessable, "invalid_configuration", {}, {}, 0};
  for (const ConfigProblem& problem : outcome.problems) {
    error.fields.push_back({problem.where, problem.text});
    error.detail += (error.detail.empty() ? "" : "; ") + format_problem(problem);
  }
  return std::unexpected(std::move(error));
}

}  // namespace

void add_server_command(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand("server", "Run the server in the foreground");
  auto flags = add_config_flags(*command, "server.");
  auto ready_file = std::make_shared<std::string>();
  command
      ->add_option("--ready-file", *ready_file,
                   "Gets one JSON line with the URL as soon as the server serves")
      ->type_name("FILE");
  command->callback([&context, flags, ready_file] {
    context.chosen = [&context, flags, ready_file] {
      auto config = load_checked_config(*flags, context.surroundings);
      if (!config) return ExitCode::usage;
      ServerOptions options = server_options(*config);
      options.service = service_place(context.surroundings);
      options.credentials_folder = context.surroundings.variable("CREDENTIALS_DIRECTORY");
      if (!ready_file->empty()) options.ready_file = *ready_file;
      options.read_again = [&context, flags] { return read_again(*flags, context.surroundings); };
      auto done = context.actions.run_server(options);
      return done ? ExitCode::ok : context.report(done.error());
    };
  });
}

}  // namespace fettle::cli
