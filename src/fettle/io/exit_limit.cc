#include "fettle/io/exit_limit.h"

#include <signal.h>
#include <unistd.h>

namespace fettle::io {
namespace {

// The handler is given nothing else.
volatile sig_atomic_t exit_code_of_limit = 0;

void end_process(int /*signal*/) {
  ::_exit(exit_code_of_limit);
}

}  // namespace

void limit_exit(std::chrono::seconds patience, int exit_code) {
  exit_code_of_limit = exit_code;
  struct sigaction action{};
  action.sa_handler = end_process;
  ::sigaction(SIGALRM, &action, nullptr);
  ::alarm(static_cast<unsigned>(patience.count()));
}

}  // namespace fettle::io
