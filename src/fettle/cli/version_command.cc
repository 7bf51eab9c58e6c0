#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "fettle/cli/commands.h"

namespace fettle::cli {

std::string version_text() {
  return FETTLE_VERSION;
}

void add_version_command(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand("version", "Print the version of this program");
  auto as_json = std::make_shared<bool>(false);
  command->add_flag("--json", *as_json, "As JSON");
  command->callback([&context, as_json] {
    context.chosen = [&context, as_json] {
      context.surroundings.out(*as_json ? fmt::format("{{\"version\":\"{}\"}}\n", version_text())
                                        : fmt::format("fettle {}\n", version_text()));
      return ExitCode::ok;
    };
  });
}

}  // namespace fettle::cli
