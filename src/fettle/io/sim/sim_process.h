// Programs of the simulation: each says, when it is started, what it will write and when, and how it ends.
// Signals, graces and deadlines are those of the real ones, in virtual time. Loop thread.
#pragma once
#include <functional>
#include <map>

#include "fettle/io/process_runner.h"
#include "fettle/io/sim/sim_loop.h"

namespace fettle::io {

struct SimOutput {
  Nanos after{0};  // the piece before, or the start
  OutputKind kind = OutputKind::out;
  std::string bytes;
};

struct SimProgram {
  std::vector<SimOutput> output;
  Nanos lasts{0};  // after its last output
  int exit_code = 0;
  int signal = 0;  // ends it instead
  bool ignores_interrupt = false;
  bool ignores_terminate = false;
};

class SimProcessRunner final : public ProcessRunner {
 public:
  explicit SimProcessRunner(SimLoop& loop);
  Result<std::unique_ptr<Process>> start(ProcessOrder order) override;

  using Script = std::function<SimProgram(const ProcessOrder&)>;
  /// What is there under this path from now on.
  void add_program(const std::string& path, Script script) { scripts_[path] = std::move(script); }
  [[nodiscard]] const std::vector<ProcessOrder>& started() const { return started_; }
  [[nodiscard]] std::size_t running() const { return *running_; }

 private:
  SimLoop& loop_;
  std::map<std::string, Script> scripts_;
  std::vector<ProcessOrder> started_;
  std::shared_ptr<std::size_t> running_;  // shared with the programs
};

}  // namespace fettle::io
