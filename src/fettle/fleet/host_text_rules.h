// What a host may be called, and which labels it may have: those given by hand, and those of its agent's
// configuration, which nobody has checked. Pure.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "fettle/base/result.h"

namespace fettle::fleet {

inline constexpr std::size_t kMostNameBytes = 64;
inline constexpr std::size_t kMostLabelsByHand = 32;
inline constexpr std::size_t kMostLabelKeyBytes = 63;
inline constexpr std::size_t kMostLabelValueBytes = 128;

using Labels = std::map<std::string, std::string>;

/// `unprocessable` with this pointer unless it has 1 to 64 bytes of printable text without blanks at its
/// ends.
Result<> check_host_name(std::string_view name, std::string_view pointer);

/// Letters, digits and . _ - / after a letter or digit, at most 63.
bool is_label_key(std::string_view key);
bool is_label_value(std::string_view value);
/// Labels given by hand; an error names the label ("/body/labels/role").
Result<> check_labels(const Labels& labels, std::string_view pointer);

/// Those that are allowed among what an agent says.
Labels allowed_labels(const Labels& said);
/// All of a host: what was given by hand wins.
Labels merged_labels(const Labels& by_hand, const Labels& by_agent);

}  // namespace fettle::fleet
