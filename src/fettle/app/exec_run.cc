#include "fettle/app/exec_run.h"

#include <cstdio>

#include "fettle/app/exec_report.h"
#include "fettle/base/text.h"
#include "fettle/io/folder_facts.h"
#include "fettle/io/kill_points.h"
#include "fettle/io/system_clock.h"
#include "fettle/io/wrapped_program.h"

namespace fettle::app {
namespace {

constexpr int kNotFound = 127;
constexpr int kSignalBase = 128;

std::string path_of(const std::string& program, const std::string& search) {
  return program.contains('/') ? program : io::find_program(program, search);
}

int not_run(const cli::ExecOptions& options, ExecReport& report, int code, const std::string& why) {
  std::fprintf(stderr, "fettle exec: %s\n", escape_control(why).c_str());
  const WallTime now = io::system_wall_now();
  report.begin({options, now, {}});
  report.end({.code = code, .at = now, .why = why});
  return code;
}

}  // namespace

int run_exec(const cli::ExecOptions& options, const io::SignalStart& signals) {
  ExecReport report;
  const std::vector<ExecFile> files = mark_output_files();
  const std::string program = path_of(options.command.front(), options.search_path);
  if (program.empty())
    return not_run(options, report, kNotFound, options.command.front() + ": command not found");
  const auto end =
      io::run_wrapped({.program = program,
                       .arguments = options.command,
                       .signals = signals,
                       .deadline = options.deadline,
                       .on_output = [&report](io::OutputKind kind,
                                              std::string_view bytes) { report.add_output(kind, bytes); },
                       .on_started =
                           [&](int) {
                             io::reach(io::KillPoint::exec_started);
                             report.begin({options, io::system_wall_now(), files});
                             io::reach(io::KillPoint::exec_told);
                           }});
  if (!end) return not_run(options, report, io::exit_code_of_failed_spawn(end.error()), end.error().detail);
  io::reach(io::KillPoint::exec_ended);
  if (end->is_output_missed)
    report.add_output(io::OutputKind::err,
                      "fettle exec: the output is not kept: this user may have no more processes\n");
  const int signal_in_frame = static_cast<int>(kSignalInFrame) + end->signal;
  report.end({.code = end->signal != 0 ? signal_in_frame : end->exit_code,
              .at = end->ended_at,
              .is_late = end->is_late,
              .why = {}});
  io::reach(io::KillPoint::exec_finished);
  return end->signal != 0 ? kSignalBase + end->signal : end->exit_code;
}

}  // namespace fettle::app
