// The only way to start a program for a service: a fixed path and an argument array, no shell, an environment
// from a list. The program leads a process group of its own; what it leaves behind in it is ended with it.
// Two runners: SystemProcessRunner (system_process.h) and the simulation's. Loop thread.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fettle/base/result.h"
#include "fettle/base/time.h"
#include "fettle/io/task.h"

namespace fettle::io {

/// Whose rights a program has; only root can give it those of others.
struct ProcessUser {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  friend bool operator==(const ProcessUser&, const ProcessUser&) = default;
};

struct ProcessOrder {
  std::vector<std::string> arguments;    // the first is the program, an absolute path
  std::vector<std::string> environment;  // "NAME=value": these and no others
  std::string folder = "/";
  int input = -1;                   // lent for the call of start(); -1: /dev/null
  std::optional<ProcessUser> user;  // none: ours
  std::optional<int> nice;          // none: ours
  bool has_idle_io = false;         // the disk serves it when nobody else asks
  /// From the start; then it is asked to end. 0: as long as it takes.
  Nanos deadline{0};
  /// From SIGINT to SIGTERM, and from there to SIGKILL.
  Nanos interrupt_grace = Seconds(10);
  Nanos terminate_grace = Seconds(10);
};

enum class OutputKind : std::uint8_t { out, err };

struct OutputPiece {
  OutputKind kind = OutputKind::out;
  std::string bytes;  // 1 to kMostPieceBytes, as they came
};
inline constexpr std::size_t kMostPieceBytes = 64UL * 1024;

enum class ProcessCause : std::uint8_t { ended, deadline, asked };

struct ProcessEnd {
  int exit_code = 0;                         // 0 when a signal ended it
  int signal = 0;                            // that ended it; 0: none did
  ProcessCause cause = ProcessCause::ended;  // why it was asked to end, if it was

  [[nodiscard]] bool is_success() const { return exit_code == 0 && signal == 0; }
};

/// A program that was started. Destroying it kills the group at once; it is reaped all the same.
class Process {
 public:
  virtual ~Process() = default;
  [[nodiscard]] virtual int id() const = 0;
  /// The next output of either stream, in the order of each; nothing once it has ended and all was read.
  /// Nothing is taken from the program before it is asked for: one that writes faster than it is read waits.
  /// One reader at a time.
  virtual Task<std::optional<OutputPiece>> read() = 0;
  /// Asks it to end: SIGINT, SIGTERM, SIGKILL to its group, with the graces of the order between. May be
  /// repeated.
  virtual void end() = 0;
  /// Returns when it has ended and all that was left of its group is killed. A program whose output nobody
  /// reads may wait for its reader, up to its deadline.
  virtual Task<ProcessEnd> wait() = 0;
};

class ProcessRunner {
 public:
  virtual ~ProcessRunner() = default;
  /// Errors: `not_found` ("program_missing"), `forbidden` ("program_not_executable", "user_not_allowed"),
  /// `invalid_input` for an order that no system could carry out, `unavailable` when this one cannot now.
  virtual Result<std::unique_ptr<Process>> start(ProcessOrder order) = 0;
};

/// What is wrong with an order before anything is started: relative paths, NUL inside a text, no arguments.
Result<> check_process_order(const ProcessOrder& order);

}  // namespace fettle::io
