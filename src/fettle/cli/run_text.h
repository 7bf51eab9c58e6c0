// Runs as a terminal shows them.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "fettle/base/json_value.h"
#include "fettle/cli/exit_code.h"
#include "fettle/cli/text_table.h"

namespace fettle::cli {

std::string run_table(const std::vector<JsonNode>& runs, Palette palette);
/// The list of plans; with what a host offers only those of hosts, and its commands.
std::string plans_text(const JsonNode& page, const std::optional<JsonNode>& offered, Palette palette);
/// A run with its steps.
std::string run_page(const JsonNode& run, Palette palette);
/// "3/5 Count failed units: failed: no answer"
std::string step_line(const JsonNode& run, const JsonNode& step);
std::string run_log_line(const JsonNode& line);

bool is_live_run(const JsonNode& run);
/// What `start --wait` ends with: 0 when the run went well, with warnings or without; else 1.
ExitCode exit_code_of_run(const JsonNode& run);

}  // namespace fettle::cli
