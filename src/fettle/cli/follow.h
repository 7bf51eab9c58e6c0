// Following a stream of the server for as long as someone reads: comes back after a lost connection with the
// id of the last message, waits longer from try to try, ends quietly on Ctrl-C and when the reader has gone.
#pragma once
#include <functional>
#include <string>

#include "fettle/cli/commands.h"
#include "fettle/cli/sse_reader.h"

namespace fettle::cli {

struct Following {
  std::string url;  // absolute
  Secret<std::string> bearer;
  /// False: enough.
  std::function<bool(const SseEvent&)> on_event;
};

ExitCode follow(const CommandContext& context, const Following& what);

}  // namespace fettle::cli
