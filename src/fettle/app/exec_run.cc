#include "fettle/app/exec_run.h"

#include <unistd.h>

#include <array>
#include <cstdio>

#include "fettle/agent/act/run_store.h"
#include "fettle/app/exec_report.h"
#include "fettle/base/json.h"
#include "fettle/base/text.h"
#include "fettle/base/zone.h"
#include "fettle/io/folder_facts.h"
#include "fettle/io/kill_points.h"
#include "fettle/io/spool.h"
#include "fettle/io/system_clock.h"
#include "fettle/io/system_random.h"
#include "fettle/io/users.h"
#include "fettle/io/wrapped_program.h"
#include "fettle/wire/opened_id.h"

namespace fettle::app {
namespace {

constexpr int kNotFound = 127;
constexpr int kSignalBase = 128;
/// In a frame of the spool a signal is told apart from an exit code.
constexpr int kSignalInFrame = 256;
constexpr std::size_t kMostOfName = 128;
constexpr std::size_t kMostOfTiming = 256;

std::string name_of(const cli::ExecOptions& options) {
  std::string name = options.name;
  if (name.empty()) name = options.command.front().substr(options.command.front().rfind('/') + 1);
  return wire::clean_text(name, kMostOfName);
}

std::string shown(const std::vector<std::string>& command, bool hides_arguments) {
  std::string text;
  if (hides_arguments && command.size() > 1) {
    const std::size_t hidden = command.size() - 1;
    const std::string words = hidden == 1 ? " argument)" : " arguments)";
    return std::string(truncate_utf8(escape_control(command.front()), wire::kMaxRunText / 2)) + " (" +
           std::to_string(hidden) + words;
  }
  for (const std::string& argument : command) {
    text += (text.empty() ? "" : " ") + escape_control(argument);
    if (text.size() > wire::kMaxRunText) break;
  }
  return std::string(truncate_utf8(text, wire::kMaxRunText));
}

/// The one whose time cron of this host goes by: TZ where it names one, else what /etc/localtime is linked
/// to. Empty: UTC, or not known.
std::string zone_of(const cli::ExecOptions& options) {
  std::string_view variable = options.time_zone;
  if (variable.starts_with(':')) variable.remove_prefix(1);
  if (is_zone_name(variable)) return std::string(variable);
  std::array<char, 512> target{};
  const ssize_t length = ::readlink("/etc/localtime", target.data(), target.size());
  if (length <= 0) return {};
  const std::string_view path(target.data(), static_cast<std::size_t>(length));
  constexpr std::string_view kFolder = "/zoneinfo/";
  const auto at = path.find(kFolder);
  const std::string_view name = at == std::string_view::npos ? "" : path.substr(at + kFolder.size());
  return is_zone_name(name) ? std::string(name) : std::string();
}

std::string expectation(const cli::ExecOptions& options) {
  if (options.expect.empty()) return {};
  std::string json = "{\"timing\":";
  append_json(json, wire::clean_text(options.expect, kMostOfTiming));
  if (const std::string zone = zone_of(options); !zone.empty()) {
    json += ",\"zone\":";
    append_json(json, zone);
  }
  return json + "}";
}

std::string actor_of(std::uint32_t uid) {
  const auto user = io::find_user(uid);
  return "uid " + std::to_string(uid) + (user ? " (" + user->name + ")" : "");
}

wire::RunOpened opened(const cli::ExecOptions& options) {
  io::SystemRandom random;
  const WallTime now = io::system_wall_now();
  auto id = random.make_id<agent::HostRunId>(now);
  if (!wire::may_be_opened(id.uuid())) id = random.make_id<agent::HostRunId>(now + Millis(1));
  return {.run_id = id.text(),
          .name = name_of(options),
          .command = shown(options.command, options.hides_arguments),
          .started_at_ms = unix_ms(now),
          .actor = actor_of(io::own_user()),
          .expected = expectation(options)};
}

/// Output that goes to files, which the program has for itself: learnt from what they grew by.
class FileOutput {
 public:
  FileOutput() {
    const bool is_one = io::is_same_stream(STDOUT_FILENO, STDERR_FILENO);
    out_ = io::mark_file(STDOUT_FILENO);
    if (!is_one) err_ = io::mark_file(STDERR_FILENO);
  }
  void tell(ExecReport& report) const {
    if (out_) tell(report, io::OutputKind::out, *out_);
    if (err_) tell(report, io::OutputKind::err, *err_);
  }

 private:
  static void tell(ExecReport& report, io::OutputKind kind, const io::FileMark& mark) {
    const io::FileGrowth growth = io::read_growth(mark, ExecReport::kMostFirst, ExecReport::kMostLast);
    if (!growth.first.empty()) report.add_output(kind, growth.first);
    report.add_lost(growth.left_out);
    if (!growth.last.empty()) report.add_output(kind, growth.last);
  }
  std::optional<io::FileMark> out_, err_;
};

std::string path_of(const std::string& program, const std::string& search) {
  return program.contains('/') ? program : io::find_program(program, search);
}

int not_run(const cli::ExecOptions& options, ExecReport& report, int code, const std::string& why) {
  std::fprintf(stderr, "fettle exec: %s\n", escape_control(why).c_str());
  report.begin(opened(options));
  report.end(code, why);
  return code;
}

}  // namespace

int run_exec(const cli::ExecOptions& options, const io::SignalStart& signals) {
  ExecReport report(options.spool);
  const FileOutput files;
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
                           [&report, &options](int) {
                             io::reach(io::KillPoint::exec_started);
                             report.begin(opened(options));
                             io::reach(io::KillPoint::exec_told);
                           }});
  if (!end) return not_run(options, report, io::exit_code_of_failed_spawn(end.error()), end.error().detail);
  io::reach(io::KillPoint::exec_ended);
  files.tell(report);
  report.end(end->signal != 0 ? kSignalInFrame + end->signal : end->exit_code, "");
  io::reach(io::KillPoint::exec_finished);
  return end->signal != 0 ? kSignalBase + end->signal : end->exit_code;
}

}  // namespace fettle::app
