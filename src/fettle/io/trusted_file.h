// Files that say what this process may do: they count only when nobody but root can change them.
#pragma once
#include <string>

#include "fettle/base/result.h"

namespace fettle::io {

/// The whole of a file that belongs to root, is writable for root alone, and lies below folders of which the
/// same is true (a folder with the sticky bit, as /tmp, keeps names as well). Links are followed first, so
/// that it is the file itself that is looked at. Errors: `not_found`; `forbidden` ("file_not_trusted") says
/// what to mend; `io`; `too_large`.
Result<std::string> read_trusted_file(const std::string& path, std::size_t limit_bytes);

}  // namespace fettle::io
