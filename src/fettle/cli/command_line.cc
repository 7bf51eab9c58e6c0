#include "fettle/cli/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "fettle/base/text.h"
#include "fettle/cli/commands.h"

namespace fettle::cli {
namespace {

constexpr const char* kFooter =
    "Exit codes: 0 done, 1 failed, 2 wrong use or configuration, 4 not found, 5 denied, 75 try again later.";

int to_int(ExitCode code) {
  return static_cast<int>(code);
}

/// Help goes to stdout and is a success; everything else that keeps a line from being understood is wrong
/// use.
int explain(const CLI::App& app, const CLI::ParseError& error, const Surroundings& around) {
  const CLI::App* inner = &app;
  std::string outer;  // the words before the last command
  while (!inner->get_subcommands().empty()) {
    outer += (outer.empty() ? "" : " ") + inner->get_name();
    inner = inner->get_subcommands().front();
  }
  if (error.get_exit_code() == 0) {
    around.out(error.get_name() == "CallForVersion" ? fmt::format("fettle {}\n", version_text())
                                                    : inner->help(outer));
    return to_int(ExitCode::ok);
  }
  around.err(fmt::format("fettle: {}\nRun '{}{}{} --help' for what is allowed.\n",
                         escape_control(error.what()), outer, outer.empty() ? "" : " ", inner->get_name()));
  return to_int(ExitCode::usage);
}

}  // namespace

ExitCode CommandContext::report(const Error& error) const {
  surroundings.err(
      fmt::format("fettle: {} ({})\n", escape_control(error.detail), escape_control(error.reason)));
  for (const FieldError& field : error.fields)
    surroundings.err(fmt::format("  {}: {}\n", escape_control(field.pointer), escape_control(field.detail)));
  return exit_code_of(error.code);
}

int run_command_line(int argc, const char* const* argv, const Actions& actions,
                     const Surroundings& surroundings) {
  CommandContext context{actions, surroundings, {}};
  CLI::App app("Fettle keeps a fleet of machines in fine fettle.", "fettle");
  app.set_version_flag("--version", version_text());
  app.footer(kFooter);
  app.require_subcommand(1);
  add_server_command(app, context);
  add_agent_command(app, context);
  add_enroll_command(app, context);
  add_hosts_command(app, context);
  add_simulate_command(app, context);
  add_config_command(app, context);
  add_version_command(app, context);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return explain(app, error, surroundings);
  }
  return to_int(context.chosen());
}

}  // namespace fettle::cli
