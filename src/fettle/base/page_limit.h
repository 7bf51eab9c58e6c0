// How much of a list one answer holds: the `limit` of every list, in the one place that the routes and the
// OpenAPI document read.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "fettle/base/result.h"

namespace fettle {

inline constexpr std::string_view kLimitParameter = "limit";
inline constexpr std::int64_t kLeastLimit = 1;
inline constexpr std::int64_t kMostLimit = 500;
inline constexpr std::int64_t kUsualLimit = 50;  // when none is asked for

/// What was asked for, or the usual; an error names the parameter.
inline Result<std::size_t> page_limit(std::optional<std::int64_t> asked) {
  const std::int64_t limit = asked.value_or(kUsualLimit);
  if (limit >= kLeastLimit && limit <= kMostLimit) return static_cast<std::size_t>(limit);
  return fail_field("/query/limit", "limit must be from " + std::to_string(kLeastLimit) + " to " +
                                        std::to_string(kMostLimit) + ".");
}

}  // namespace fettle
