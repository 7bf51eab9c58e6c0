// Private to the command `runs`: starting one and waiting for its end.
#pragma once
#include <string>
#include <vector>

#include "fettle/cli/api_flags.h"
#include "fettle/cli/commands.h"

namespace fettle::cli {

struct StartArguments {
  std::shared_ptr<ApiFlags> api;
  std::string plan, host, target, parameters;
  std::vector<std::string> set;  // NAME=VALUE each
  bool is_dry = false, is_waited_for = false, as_json = false;
};

/// The server is away, or busy, for the time being.
bool is_worth_another_look(const Error& error);
ExitCode start_run(const StartArguments& arguments, const CommandContext& context);

}  // namespace fettle::cli
