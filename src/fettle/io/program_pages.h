// Code and constants of the program's file and its libraries, as they lie in the memory of this process. What
// only the start needed stays there for good on a machine with memory to spare. Any thread.
#pragma once

namespace fettle::io {

/// Takes all of them out of this process. What is needed comes back from the page cache at its next use,
/// which costs a microsecond or so for sixteen pages; what the process has written to is left alone. Whatever
/// fails is let be.
void release_program_pages();

}  // namespace fettle::io
