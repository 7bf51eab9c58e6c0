// One program: server, agent and command line. Fills what the commands set in motion, and is the last to
// catch.
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "fettle/app/admin_reset.h"
#include "fettle/app/agent.h"
#include "fettle/app/api_call.h"
#include "fettle/app/audit_check.h"
#include "fettle/app/backup_to_file.h"
#include "fettle/app/doctor.h"
#include "fettle/app/enrol.h"
#include "fettle/app/exec_check.h"
#include "fettle/app/exec_run.h"
#include "fettle/app/restore_self.h"
#include "fettle/app/server.h"
#include "fettle/app/simulate.h"
#include "fettle/base/crypto.h"
#include "fettle/cli/command_line.h"
#include "fettle/io/folder_facts.h"
#include "fettle/io/kill_points.h"
#include "fettle/io/standard_streams.h"

namespace {

/// For tests of what a kill leaves behind. What is wrong with it keeps nothing from running.
void arm_kill_point() {
  const char* text = ::secure_getenv("FETTLE_KILL_AT");
  if (text == nullptr) return;
  if (const auto armed = fettle::io::arm_kill_point(text); !armed)
    std::fprintf(stderr, "FETTLE_KILL_AT: %s\n", armed.error().detail.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  try {
    fettle::io::hold_closed_streams();
    const auto signals = fettle::io::SignalStart::of_this_process();
    arm_kill_point();
    fettle::crypto_start();
    fettle::cli::Actions actions;
    actions.run_server = [](const fettle::cli::ServerOptions& options) {
      return fettle::app::run_server(options);
    };
    actions.run_agent = [](const fettle::cli::AgentOptions& options) {
      return fettle::app::run_agent(options);
    };
    actions.enrol = [](const fettle::cli::EnrolOptions& options) { return fettle::app::enrol(options); };
    actions.examine_server = fettle::app::examine_server;
    actions.examine_agent = fettle::app::examine_agent;
    actions.check_exec = fettle::app::check_exec;
    actions.is_folder = fettle::io::is_folder;
    actions.simulate = [](const fettle::cli::SimulateOptions& options, const auto& on_progress) {
      return fettle::app::simulate(options, on_progress);
    };
    actions.check_audit = [](const std::string& folder) { return fettle::app::check_audit(folder); };
    actions.begin_key_change = [](const std::string& data_folder) {
      return fettle::app::begin_key_change(data_folder);
    };
    actions.call_api = [](const fettle::cli::ApiRequest& request) { return fettle::app::call_api(request); };
    actions.stream_api = [](const fettle::cli::ApiRequest& request, const auto& on_bytes) {
      return fettle::app::stream_api(request, on_bytes);
    };
    actions.pause = [](fettle::Millis length) { return fettle::app::pause(length); };
    actions.backup_self = [](const fettle::cli::BackupOptions& options, const auto& on_progress) {
      return fettle::app::backup_self(options, on_progress);
    };
    actions.restore_self = [](const fettle::cli::RestoreOptions& options, const auto& on_progress) {
      return fettle::app::restore_self(options, on_progress);
    };
    actions.admin_reset = [](const fettle::cli::AdminResetOptions& options) {
      return fettle::app::admin_reset(options);
    };
    return fettle::cli::run_command_line(argc, argv, actions, fettle::cli::process_surroundings(),
                                         [&signals](const fettle::cli::ExecOptions& options) {
                                           return fettle::app::run_exec(options, signals);
                                         });
  } catch (const std::exception& error) {
    std::fprintf(stderr, "fettle: %s\n", error.what());
    return 1;
  }
}
