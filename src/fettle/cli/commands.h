// The commands, one file each: every function here adds one to the parser. A command that was chosen leaves
// what it wants done in the context; it is run after the whole line was understood.
#pragma once
#include <functional>
#include <string>

#include "fettle/cli/actions.h"
#include "fettle/cli/exit_code.h"
#include "fettle/cli/surroundings.h"

namespace CLI {
class App;
}

namespace fettle::cli {

struct CommandContext {
  const Actions& actions;
  const Surroundings& surroundings;
  std::string program;  // as it was called, for commands that are suggested
  std::function<ExitCode()> chosen;

  /// Prints the error on stderr and gives its exit code.
  [[nodiscard]] ExitCode report(const Error& error) const;
};

void add_server_command(CLI::App& app, CommandContext& context);
void add_agent_command(CLI::App& app, CommandContext& context);
void add_enroll_command(CLI::App& app, CommandContext& context);
void add_doctor_command(CLI::App& app, CommandContext& context);
void add_hosts_command(CLI::App& app, CommandContext& context);
void add_schedules_command(CLI::App& app, CommandContext& context);
void add_events_command(CLI::App& app, CommandContext& context);
void add_runs_command(CLI::App& app, CommandContext& context);
void add_logs_command(CLI::App& app, CommandContext& context);
void add_backup_commands(CLI::App& app, CommandContext& context);  // backup-self, restore-self
void add_admin_command(CLI::App& app, CommandContext& context);
void add_completion_command(CLI::App& app, CommandContext& context);
void add_audit_command(CLI::App& app, CommandContext& context);
/// `fettle hosts rename`, `label`, `move`, `remove`, `re-enrol`, `unlock`.
void add_host_care_commands(CLI::App& hosts, CommandContext& context);
void add_simulate_command(CLI::App& app, CommandContext& context);
void add_config_command(CLI::App& app, CommandContext& context);
void add_certificate_command(CLI::App& app, CommandContext& context);
void add_version_command(CLI::App& app, CommandContext& context);

std::string version_text();

}  // namespace fettle::cli
