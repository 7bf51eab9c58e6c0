// A bound on how long the end of the process takes. A thread that waits for a mount or a disk which does not
// answer cannot be interrupted, and destroying its queue joins it.
#pragma once
#include <chrono>

namespace fettle::io {

/// From now on the process has `patience`, in whole seconds, to end by itself; then it ends with `exit_code`,
/// whatever its threads do. For when all that can be kept has been kept.
void limit_exit(std::chrono::seconds patience, int exit_code);

}  // namespace fettle::io
