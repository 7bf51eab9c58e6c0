#include "fettle/cli/exec_command.h"

#include <CLI/CLI.hpp>

namespace fettle::cli {
namespace {

constexpr const char* kSpoolPath = "/var/spool/fettle";
constexpr std::int64_t kMostDeadlineSeconds = 7 * 24 * 60 * 60;

struct Flags {
  ExecOptions options;
  std::int64_t deadline_s = 0;
};

ExitCode run_exec(Flags& flags, const RunExec& run, const Surroundings& around) {
  ExecOptions& options = flags.options;
  if (options.command.empty() || options.command.front().empty()) {
    around.err("fettle exec: which command? It stands behind --, as in: fettle exec -- /bin/true\n");
    return ExitCode::usage;
  }
  options.deadline = Seconds(flags.deadline_s);
  if (options.spool.empty()) options.spool = around.variable("FETTLE_EXEC_SPOOL");
  if (options.spool.empty()) options.spool = kSpoolPath;
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
  command->callback([&context, flags, run] {
    context.chosen = [&context, flags, run] { return run_exec(*flags, run, context.surroundings); };
  });
}

}  // namespace fettle::cli
