// Runs a program in the place of this process: it gets our terminal, descriptors, signals and group, and its
// output goes on untouched while a copy of it is told. Blocks the calling thread, which must be the only one;
// for `fettle exec` and nothing else.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "fettle/base/result.h"
#include "fettle/io/process_runner.h"
#include "fettle/io/spawn.h"

namespace fettle::io {

/// Whether what goes to `descriptor` can be copied through a pipe without the program being able to tell: it
/// is a pipe already, or /dev/null. A program asks whether it has a terminal, can seek in a file, can talk
/// over a socket, and is told by a device such as /dev/full what became of its output.
bool is_copyable(int descriptor);
/// Both lead to the same pipe or device: one stream, whose order counts.
bool is_same_stream(int left, int right);

struct WrapOrder {
  std::string program;  // a path
  std::vector<std::string> arguments;
  SignalStart signals;  // as this process was started
  Nanos deadline{0};    // 0: none
  /// The output, each piece after it went on; from threads of its own, but one call at a time. May not block.
  std::function<void(OutputKind, std::string_view)> on_output;
  /// The program runs. Called once, while all other threads still wait to begin.
  std::function<void(int pid)> on_started;
};

struct WrapEnd {
  int exit_code = 0;
  int signal = 0;                 // that ended it; 0: none did
  bool is_late = false;           // it had been told to end: its deadline was over
  bool is_output_missed = false;  // of a stream that could not be copied for want of a thread
  WallTime ended_at{};
};

/// Returns when the program has ended and its output has gone on. Signals that we get are handed to it; when
/// it is stopped so are we; from the return on they are held back. What it left running and still writes is
/// served by a process of its own. Errors: as of spawn_program.
Result<WrapEnd> run_wrapped(const WrapOrder& order);

}  // namespace fettle::io
