// Steps through the kernel's text files without allocating: lines, words and numbers taken off the front of a
// view. Pure; whatever the bytes are, nothing reads past them.
#pragma once
#include <cstdint>
#include <limits>
#include <string_view>

namespace fettle::agent {

/// False when nothing is left. The last line may lack its newline.
inline bool take_line(std::string_view& rest, std::string_view& line) {
  if (rest.empty()) return false;
  const std::size_t end = rest.find('\n');
  line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return true;
}

inline void skip_blanks(std::string_view& rest) {
  while (!rest.empty() && (rest.front() == ' ' || rest.front() == '\t')) rest.remove_prefix(1);
}

/// Up to the next blank; empty at the end of the line.
inline std::string_view take_word(std::string_view& rest) {
  skip_blanks(rest);
  std::size_t size = 0;
  while (size < rest.size() && rest[size] != ' ' && rest[size] != '\t') ++size;
  const std::string_view word = rest.substr(0, size);
  rest.remove_prefix(size);
  return word;
}

/// A decimal number after blanks; it ends at the first character that is no digit. False, and `rest` at that
/// place, when there is none or it does not fit.
inline bool take_number(std::string_view& rest, std::uint64_t& value) {
  skip_blanks(rest);
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t sum = 0;
  std::size_t size = 0;
  for (; size < rest.size(); ++size) {
    const auto digit = static_cast<unsigned>(static_cast<unsigned char>(rest[size])) - '0';
    if (digit > 9) break;
    if (sum > (kMost - digit) / 10) return false;
    sum = sum * 10 + digit;
  }
  if (size == 0) return false;
  rest.remove_prefix(size);
  value = sum;
  return true;
}

/// "12.34" in hundredths: 1234. Further digits are cut off.
inline bool take_hundredths(std::string_view& rest, std::uint64_t& value) {
  std::uint64_t whole = 0;
  if (!take_number(rest, whole) || whole > std::numeric_limits<std::uint64_t>::max() / 100 - 1) return false;
  std::uint64_t fraction = 0;
  if (!rest.empty() && rest.front() == '.') {
    rest.remove_prefix(1);
    for (std::uint64_t weight = 10; !rest.empty() && rest.front() >= '0' && rest.front() <= '9';
         rest.remove_prefix(1), weight /= 10) {
      fraction += weight * static_cast<std::uint64_t>(rest.front() - '0');
    }
  }
  value = whole * 100 + fraction;
  return true;
}

inline bool is_all_digits(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
  }
  return true;
}

}  // namespace fettle::agent
