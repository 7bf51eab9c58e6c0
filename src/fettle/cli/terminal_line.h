// What a terminal would show of a line that a program wrote: how commands print lines of logs. Pure.
#pragma once
#include <string>
#include <string_view>

namespace fettle::cli {

/// Without colours; of a line that was written over (a progress) its last state; a tab is text, and whatever
/// else could steer a terminal is an escape. `--json` has it as it was written.
std::string as_terminal_line(std::string_view text);

}  // namespace fettle::cli
