// Streams 0, 1 and 2 that this process was started without. Left open, their numbers would go to the next
// file, socket or database that is opened, and what is printed with them. Before there is a second thread.
#pragma once

namespace fettle::io {

/// Puts something in their place that, like a closed stream, can be neither read nor written (EBADF), and
/// that no program inherits.
void hold_closed_streams();
/// Whether `descriptor` is closed, or held so.
bool is_closed_stream(int descriptor);

}  // namespace fettle::io
