// vfork and exec, once for the whole product: a program with its own signals, descriptors, folder and rights.
// Nothing but calls that are safe between the two is made there. Any thread.
#pragma once
#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include "fettle/base/result.h"
#include "fettle/io/process_runner.h"

namespace fettle::io {

/// How signals are handed to the program.
struct SignalStart {
  sigset_t blocked{};
  sigset_t ignored{};

  /// What this process was started with; to be asked before it changes anything.
  static SignalStart of_this_process();
  static SignalStart plain();  // nothing blocked, nothing ignored
};

/// For a stream that the program is to find closed.
inline constexpr int kClosedStream = -2;

struct SpawnOrder {
  std::string program;  // a path
  std::vector<std::string> arguments;
  std::vector<std::string> environment;
  std::string folder;  // empty: ours
  /// For the program's 0, 1 and 2; -1: /dev/null.
  int input = -1, output = -1, errors = -1;
  SignalStart signals = SignalStart::plain();
  bool leads_group = true;         // of its own
  bool keeps_descriptors = false;  // those from 3 on, which are closed otherwise
  /// SIGTERM, when the thread that started it ends. A program that changes its rights is not told.
  bool ends_with_us = false;
  std::optional<ProcessUser> user;
  std::optional<int> nice;
  bool has_idle_io = false;
};

struct Spawned {
  int pid = 0;
  int pid_descriptor = -1;  // readable when it has ended; whoever gets it closes it
};

/// Errors as of ProcessRunner::start. The caller reaps.
Result<Spawned> spawn_program(const SpawnOrder& order);

/// 126 or 127, as shells say it, for an error of spawn_program.
int exit_code_of_failed_spawn(const Error& error);

}  // namespace fettle::io
