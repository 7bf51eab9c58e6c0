// Which names and passwords a person may take. Length is counted in Unicode code points; nothing is asked of
// the kinds of characters, because that makes passwords worse. Pure.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "fettle/base/result.h"

namespace fettle::access {

inline constexpr std::size_t kShortestPassword = 12;
inline constexpr std::size_t kLongestPassword = 128;
inline constexpr std::size_t kLongestName = 64;

/// `unprocessable`, pointer "/body/password".
Result<> check_password(std::string_view password, std::string_view name);
/// The name without blanks at its ends. `unprocessable`, pointer "/body/name".
Result<std::string> check_name(std::string_view name);
/// Two names are one person's when their keys are equal.
std::string name_key(std::string_view name);

}  // namespace fettle::access
