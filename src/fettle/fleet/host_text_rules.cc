#include "fettle/fleet/host_text_rules.h"

#include <algorithm>

#include "fettle/base/text.h"

namespace fettle::fleet {
namespace {

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// A name inside a JSON pointer (RFC 6901).
std::string pointer_name(std::string_view name) {
  std::string out;
  for (const char c : truncate_utf8(name, kMostLabelKeyBytes)) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return escape_control(out);
}

}  // namespace

Result<> check_host_name(std::string_view name, std::string_view pointer) {
  const bool is_allowed =
      !name.empty() && name.size() <= kMostNameBytes && is_plain_text(name) && trim(name) == name;
  if (is_allowed) return {};
  return fail_field(std::string(pointer),
                    "must have 1 to 64 bytes of printable text, without blanks at its ends and without marks "
                    "that turn the direction of writing");
}

bool is_label_key(std::string_view key) {
  if (key.empty() || key.size() > kMostLabelKeyBytes || !is_alphanumeric(key.front())) return false;
  return std::ranges::all_of(
      key, [](char c) { return is_alphanumeric(c) || c == '.' || c == '_' || c == '-' || c == '/'; });
}

bool is_label_value(std::string_view value) {
  return value.size() <= kMostLabelValueBytes && is_plain_text(value) && trim(value) == value;
}

Result<> check_labels(const Labels& labels, std::string_view pointer) {
  if (labels.size() > kMostLabelsByHand) return fail_field(std::string(pointer), "must be at most 32 labels");
  for (const auto& [key, value] : labels) {
    const std::string at = std::string(pointer) + "/" + pointer_name(key);
    if (!is_label_key(key))
      return fail_field(at,
                        "a label's name has 1 to 63 letters, digits and . _ - /, and begins with a letter "
                        "or a digit");
    if (!is_label_value(value))
      return fail_field(at, "a label's value has at most 128 bytes of printable text");
  }
  return {};
}

Labels allowed_labels(const Labels& said) {
  Labels out;
  for (const auto& [key, value] : said) {
    if (is_label_key(key) && is_label_value(value)) out.emplace(key, value);
  }
  return out;
}

Labels merged_labels(const Labels& by_hand, const Labels& by_agent) {
  Labels out = by_hand;
  out.insert(by_agent.begin(), by_agent.end());  // keeps what is there
  return out;
}

}  // namespace fettle::fleet
