#include "fettle/cli/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "fettle/base/text.h"
#include "fettle/cli/commands.h"
#include "fettle/cli/help_format.h"
#include "fettle/cli/usage.h"

namespace fettle::cli {
namespace {

constexpr const char* kFooter =
    "Exit codes: 0 done, 1 failed, 2 wrong use or configuration, 4 not found, 5 denied, 75 try again later.";

/// Help goes to stdout and is a success; everything else that keeps a line from being understood is wrong
/// use.
ExitCode explain(const CLI::App& app, const CLI::ParseError& error, const Surroundings& around) {
  if (error.get_exit_code() != 0) {
    around.err(explain_wrong_use(app, error));
    return ExitCode::usage;
  }
  around.out(error.get_name() == "CallForVersion" ? fmt::format("fettle {}\n", version_text())
                                                  : help_of_chosen(app));
  return ExitCode::ok;
}

ExitCode parse_and_run(CLI::App& app, int argc, const char* const* argv, const CommandContext& context) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return explain(app, error, context.surroundings);
  }
  return context.chosen();
}

/// The command line of another program is none of the parser's. How many words are left for it.
int cut_at_dashes(int argc, const char* const* argv, std::vector<std::string>& behind) {
  if (argc < 2 || std::string_view(argv[1]) != "exec") return argc;
  for (int i = 2; i < argc; ++i) {
    if (std::string_view(argv[i]) != "--") continue;
    behind.assign(argv + i + 1, argv + argc);
    return i;
  }
  return argc;
}

}  // namespace

ExitCode CommandContext::report(const Error& error) const {
  surroundings.err(
      fmt::format("fettle: {} ({})\n", escape_control(error.detail), escape_control(error.reason)));
  for (const FieldError& field : error.fields) {
    // Where one field is all that is wrong, the sentence is its own.
    const std::string why = field.detail == error.detail ? "" : ": " + escape_control(field.detail);
    surroundings.err(fmt::format("  {}{}\n", escape_control(field.pointer), why));
  }
  return exit_code_of(error.code);
}

int run_command_line(int argc, const char* const* argv, const Actions& actions,
                     const Surroundings& surroundings, const RunExec& run_exec) {
  CommandContext context{actions, surroundings, argc > 0 ? escape_control(argv[0]) : "fettle", {}};
  CLI::App app("Fettle keeps a fleet of machines in fine fettle.", "fettle");
  app.set_version_flag("--version", version_text(), "Print the version");
  app.formatter(help_format());
  app.get_help_ptr()->description("Print this text");
  app.group("Commands");  // of those that are added below
  app.footer(kFooter);
  app.require_subcommand(1);
  add_server_command(app, context);
  add_agent_command(app, context);
  add_enroll_command(app, context);
  std::vector<std::string> behind_dashes;
  const int own_words = cut_at_dashes(argc, argv, behind_dashes);
  add_exec_command(app, context, run_exec, std::move(behind_dashes));
  add_doctor_command(app, context);
  add_hosts_command(app, context);
  add_schedules_command(app, context);
  add_events_command(app, context);
  add_runs_command(app, context);
  add_logs_command(app, context);
  add_audit_command(app, context);
  add_simulate_command(app, context);
  add_backup_commands(app, context);
  add_admin_command(app, context);
  add_config_command(app, context);
  add_certificate_command(app, context);
  add_completion_command(app, context);
  add_version_command(app, context);
  ExitCode code = parse_and_run(app, own_words, argv, context);
  if (auto written = surroundings.out_state(); code == ExitCode::ok && !written)
    code = context.report(written.error());
  return static_cast<int>(code);
}

}  // namespace fettle::cli
