// A point in the past as a person types it: "90s", "15m", "2h", "3d" ago, or an RFC 3339 time. Pure.
#pragma once
#include <string_view>

#include "fettle/base/result.h"
#include "fettle/base/time.h"

namespace fettle::cli {

/// `unprocessable` ("bad_since").
Result<WallTime> parse_since(std::string_view text, WallTime now);

}  // namespace fettle::cli
