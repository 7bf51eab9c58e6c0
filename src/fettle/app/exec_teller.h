// The process that tells the agent of its host about one command of `fettle exec`. What it does may fail,
// hang or end it: the command and the process that waits for it do not notice.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fettle/base/time.h"
#include "fettle/cli/exec_command.h"
#include "fettle/io/process_runner.h"
#include "fettle/io/spool.h"

namespace fettle::app {

/// What the waiting process sends about its command, a payload behind each; between forks of one program.
struct ExecWord {
  enum class Kind : std::uint8_t { output, lost, ended };
  std::uint64_t at_ms = 0;
  std::uint64_t number = 0;  // lost: bytes; ended: exit code or 256 + signal
  std::uint32_t size = 0;    // of the payload: output, or why it could not be run
  Kind kind = Kind::output;
  bool is_late = false;  // ended: after its deadline
  io::OutputKind stream = io::OutputKind::out;
};

/// Output that goes to a file, which the program has for itself: learnt from what the file grew by.
struct ExecFile {
  io::OutputKind kind = io::OutputKind::out;
  io::FileMark mark;
};
/// Before the command starts.
std::vector<ExecFile> mark_output_files();

inline constexpr std::uint64_t kSignalInFrame = 256;  // tells a signal from an exit code

struct ExecStart {
  const cli::ExecOptions& options;
  WallTime at;
  const std::vector<ExecFile>& files;
};

/// Until the other end of the socket is closed.
[[noreturn]] void tell_of_command(int socket, const ExecStart& start) noexcept;

}  // namespace fettle::app
