// Text as bytes that should be UTF-8: checks, cuts at code points, and the escaping that keeps a hostile host
// from forging log lines. Nothing here knows a locale; "lower case" means ASCII.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace fettle {

/// One step through UTF-8 (RFC 3629: no surrogates, no overlong forms, at most U+10FFFF).
struct CodePoint {
  char32_t value = 0xFFFD;
  std::size_t size = 1;  // bytes taken; 1 for a byte that fits nowhere
  bool is_valid = false;
};
/// `at` < text.size().
CodePoint decode_code_point(std::string_view text, std::size_t at);
void append_utf8(std::string& out, char32_t code_point);

bool is_valid_utf8(std::string_view text);
/// Invalid bytes count one each.
std::size_t count_code_points(std::string_view text);
/// The longest beginning of at most `max_bytes` that cuts no code point in two.
std::string_view truncate_utf8(std::string_view text, std::size_t max_bytes);

/// C0, DEL, C1, and the separators of lines and paragraphs.
bool is_control(char32_t c);

/// Marks that turn the direction of what follows, or of a part (U+061C, U+200E, U+200F, U+202A to U+202E,
/// U+2066 to U+2069): with them a name can look like another one.
bool is_direction_mark(char32_t c);
/// Whether it can stand in a name: valid UTF-8 without control characters and direction marks.
bool is_plain_text(std::string_view text);

/// C0, DEL, C1, U+2028 and U+2029 as \xNN or \u{NNNN}, invalid bytes as \xNN, a backslash doubled: one line,
/// and unmistakable.
std::string escape_control(std::string_view text);
/// True when escape_control would change something other than a backslash.
bool has_control(std::string_view text);

/// Without spaces, tabs, CR and LF at both ends.
std::string_view trim(std::string_view text);
std::string to_lower_ascii(std::string_view text);
bool equals_ignoring_case(std::string_view a, std::string_view b);
/// Always one part more than separators; empty parts are kept.
std::vector<std::string_view> split(std::string_view text, char separator);

}  // namespace fettle
