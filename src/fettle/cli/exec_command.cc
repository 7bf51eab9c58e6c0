#include "fettle/cli/exec_command.h"

#include <CLI/CLI.hpp>

#include "fettle/cli/doctor_text.h"
#include "fettle/cli/help_format.h"

namespace fettle::cli {
namespace {

constexpr const char* kSpoolPath = "/var/spool/fettle";
constexpr std::int64_t kMostDeadlineSeconds = 7 * 24 * 60 * 60;

struct Flags {
  ExecOptions options;
  std::int64_t deadline_s = 0;
  bool is_check = false;
};

constexpr const char* kFooter =
    "Exit codes: the command's own; 128 + n when signal n ended it, 127 when it is not there, 126 when it\n"
    "cannot be run, 2 for wrong use. With --check: 0 when what is told would arrive, 1 when it would not.";

ExitCode check(const ExecOptions& options, const CommandContext& context) {
  const Surroundings& around = context.surroundings;
  if (!options.command.empty()) {
    around.err("fettle exec: --check runs no command\n");
    return ExitCode::usage;
  }
  const DoctorFindings findings = context.actions.check_exec(options.spool);
  around.out(as_text(findings, is_colour_wanted(around)));
  return any_failed(findings) ? ExitCode::failure : ExitCode::ok;
}

ExitCode run_exec(Flags& flags, const RunExec& run, const CommandContext& context) {
  const Surroundings& around = context.surroundings;
  ExecOptions& options = flags.options;
  if (options.spool.empty()) options.spool = around.variable("FETTLE_EXEC_SPOOL");
  if (options.spool.empty()) options.spool = kSpoolPath;
  if (flags.is_check) return check(options, context);
  if (options.command.empty() || options.command.front().empty()) {
    around.err("fettle exec: which command? It stands behind --, as in: fettle exec -- /bin/true\n");
    return ExitCode::usage;
  }
  options.deadline = Seconds(flags.deadline_s);
  options.search_path = around.variable("PATH");
  options.time_zone = around.variable("TZ");
  // The command's own, which may be any.
  return static_cast<ExitCode>(run(options));
}

}  // namespace

void add_exec_command(CLI::App& app, CommandContext& context, const RunExec& run,
                      std::vector<std::string> behind_dashes) {
  CLI::App* command =
      app.add_subcommand("exec", "Run the command behind -- and have it recorded as a run of this host");
  auto flags = std::make_shared<Flags>();  // shared: the parser's options and the chosen command hold it
  flags->options.command = std::move(behind_dashes);
  command->add_option("--name", flags->options.name, "What it is called (default: the name of the program)")
      ->type_name("NAME");
  command
      ->add_option("--expect", flags->options.expect,
                   "When it is expected to run: five fields of cron, or \"every 15m\"")
      ->type_name("TIMES");
  command->add_flag("--hide-arguments", flags->options.hides_arguments,
                    "Say only what program it is and how many arguments it got");
  command
      ->add_option("--deadline", flags->deadline_s,
                   "Seconds until it gets SIGINT, SIGTERM and SIGKILL, 10 s apart")
      ->type_name("SECONDS")
      ->check(CLI::Range(std::int64_t{1}, kMostDeadlineSeconds));
  command
      ->add_option("--spool", flags->options.spool,
                   std::string("Where the agent of this host looks (default FETTLE_EXEC_SPOOL, or ") +
                       kSpoolPath + ")")
      ->type_name("DIR");
  command->add_flag("--check", flags->is_check,
                    "Run nothing: say whether what is told would arrive, from this user, on this host");
  command->formatter(help_format("-- COMMAND..."));
  command->footer(kFooter);
  add_examples(
      *command,
      "fettle exec --check\n"
      "fettle exec -- /usr/local/sbin/nightly --quiet\n"
      "fettle exec --name nightly --expect \"30 2 * * *\" --deadline 3600 -- /usr/local/sbin/nightly");
  command->callback([&context, flags, run] {
    context.chosen = [&context, flags, run] { return run_exec(*flags, run, context); };
  });
}

}  // namespace fettle::cli
