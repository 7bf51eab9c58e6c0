// `fettle exec`: what was said on its line. Apart from the other commands, because what stands behind -- is
// the line of another program and none of the parser's.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "fettle/base/time.h"
#include "fettle/cli/commands.h"

namespace fettle::cli {

/// A command that is run in the place of this process.
struct ExecOptions {
  std::string name;     // empty: the program's
  std::string expect;   // as it was given; empty: nothing is expected
  Seconds deadline{0};  // 0: none
  std::string spool;
  std::vector<std::string> command;
  bool hides_arguments = false;  // their number is told, not what they are
  std::string search_path;       // PATH
  std::string time_zone;         // TZ
};

/// To the end of the command; its exit code.
using RunExec = std::function<int(const ExecOptions&)>;

/// `behind_dashes`: what stands behind the first -- of the line.
void add_exec_command(CLI::App& app, CommandContext& context, const RunExec& run,
                      std::vector<std::string> behind_dashes);

}  // namespace fettle::cli
