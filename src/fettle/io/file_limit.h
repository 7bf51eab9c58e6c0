// How many files and sockets this process may have open.
#pragma once
#include <cstddef>

namespace fettle::io {

/// Raises the soft limit to the hard one (setrlimit(2), RLIMIT_NOFILE) and returns what is in force then. The
/// soft one is 1,024 on most systems, for the sake of programs that use select(2); none of ours does.
std::size_t raise_file_limit();

}  // namespace fettle::io
