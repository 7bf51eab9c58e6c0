#include "fettle/io/standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

namespace fettle::io {

void hold_closed_streams() {
  for (int stream = 0; stream <= STDERR_FILENO; ++stream) {
    if (::fcntl(stream, F_GETFD) >= 0) continue;
    // The lowest number that is free, which is this one. O_PATH needs no rights and no device.
    if (::open("/", O_PATH | O_CLOEXEC) != stream) return;
  }
}

bool is_closed_stream(int descriptor) {
  const int flags = ::fcntl(descriptor, F_GETFL);
  return flags < 0 || (flags & O_PATH) != 0;
}

}  // namespace fettle::io
