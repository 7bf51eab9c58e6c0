// The request target (RFC 9112 section 3.2): path and query, percent-decoded and checked. Pure. What could be
// read in two ways (encoded slashes, dot segments, control characters, invalid UTF-8, absolute form) is
// refused here, so that nobody behind has to think of it.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fettle/base/result.h"

namespace fettle::net {

struct Target {
  std::string path;                                        // decoded
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order; '+' is a space
};

constexpr std::size_t kMaxQueryParameters = 100;

/// Error: `invalid_input` with reason "bad_target". "*" is allowed and gives the path "*".
Result<Target> parse_target(std::string_view target);

/// The inverse for one name, value or path segment: all but unreserved characters (RFC 3986 section 2.3) as
/// %XX.
std::string percent_encode(std::string_view text);

}  // namespace fettle::net
