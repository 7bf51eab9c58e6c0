// Real programs: started by vfork and exec, watched through a descriptor of the process, ended by group. No
// thread and no signal handler of their own. Loop thread; outlives no loop.
#pragma once
#include "fettle/io/process_runner.h"

namespace fettle::io {

class Loop;

class SystemProcessRunner final : public ProcessRunner {
 public:
  /// From now on the process waits for its children itself (SIGCHLD as it is by default).
  explicit SystemProcessRunner(Loop& loop);
  Result<std::unique_ptr<Process>> start(ProcessOrder order) override;

  /// How long a program that has ended is waited for that others hold its output open, before these are
  /// killed.
  static constexpr Nanos kLeftoverGrace = Seconds(2);

 private:
  Loop& loop_;
};

}  // namespace fettle::io
