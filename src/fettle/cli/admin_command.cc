#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "fettle/cli/commands.h"
#include "fettle/cli/config_flags.h"
#include "fettle/cli/help_format.h"

namespace fettle::cli {
namespace {

std::string page_url(const ServerOptions& options) {
  if (!options.public_url.empty()) return options.public_url;
  const bool is_v6 = options.listen.address.find(':') != std::string::npos;
  return fmt::format("http://{}{}{}:{}", is_v6 ? "[" : "", options.listen.address, is_v6 ? "]" : "",
                     options.listen.port);
}

ExitCode reset(const ConfigFlags& flags, const CommandContext& context) {
  auto config = load_checked_config(flags, context.surroundings);
  if (!config) return ExitCode::usage;
  const ServerOptions options = server_options(*config);
  auto link = context.actions.admin_reset({options.data_folder, page_url(options)});
  if (!link) return context.report(link.error());
  context.surroundings.err("Start the server, then open this link; it works once:\n");
  context.surroundings.out(*link + "\n");
  return ExitCode::ok;
}

}  // namespace

void add_admin_command(CLI::App& app, CommandContext& context) {
  CLI::App* admin = app.add_subcommand("admin", "What an administrator does on the server's machine");
  admin->require_subcommand(1);
  CLI::App* command = admin->add_subcommand(
      "reset", "Make a link for a new administrator, or a new password, while the server is stopped");
  auto flags = add_config_flags(*command, "server.");
  add_examples(*command, "fettle admin reset --data /var/lib/fettle/server");
  command->callback(
      [&context, flags] { context.chosen = [&context, flags] { return reset(*flags, context); }; });
}

}  // namespace fettle::cli
