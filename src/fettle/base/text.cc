#include "fettle/base/text.h"

namespace fettle {
namespace {

constexpr char32_t kMaxCodePoint = 0x10FFFF;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

void append_hex(std::string& out, char32_t value, std::size_t digits) {
  constexpr std::string_view kHex = "0123456789abcdef";
  for (std::size_t i = digits; i > 0; --i) out += kHex[value >> (4 * (i - 1)) & 15U];
}

}  // namespace

CodePoint decode_code_point(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[at + i]); };
  const std::uint8_t first = byte(0);
  if (first < 0x80) return {first, 1, true};
  std::size_t size = 0;
  char32_t value = 0;
  char32_t smallest = 0;  // below it the form is overlong
  if (first >= 0xC2 && first <= 0xDF) {
    size = 2, value = first & 0x1FU, smallest = 0x80;
  } else if (first >= 0xE0 && first <= 0xEF) {
    size = 3, value = first & 0x0FU, smallest = 0x800;
  } else if (first >= 0xF0 && first <= 0xF4) {
    size = 4, value = first & 0x07U, smallest = 0x10000;
  } else {
    return {};
  }
  if (at + size > text.size()) return {};
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return {};
    value = value << 6 | (byte(i) & 0x3FU);
  }
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < smallest || value > kMaxCodePoint || surrogate) return {};
  return {value, size, true};
}

void append_utf8(std::string& out, char32_t code_point) {
  const auto tail = [&](unsigned shift) { out += static_cast<char>(0x80U | (code_point >> shift & 0x3FU)); };
  if (code_point < 0x80) {
    out += static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    out += static_cast<char>(0xC0U | code_point >> 6);
    tail(0);
  } else if (code_point < 0x10000) {
    out += static_cast<char>(0xE0U | code_point >> 12);
    tail(6), tail(0);
  } else {
    out += static_cast<char>(0xF0U | code_point >> 18);
    tail(12), tail(6), tail(0);
  }
}

bool is_valid_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint step = decode_code_point(text, at);
    if (!step.is_valid) return false;
    at += step.size;
  }
  return true;
}

std::size_t count_code_points(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++count) at += decode_code_point(text, at).size;
  return count;
}

std::string_view truncate_utf8(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  std::size_t end = 0;
  for (;;) {  // ends: max_bytes < text.size()
    const std::size_t next = end + decode_code_point(text, end).size;
    if (next > max_bytes) return text.substr(0, end);
    end = next;
  }
}

bool is_control(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029;
}

bool is_direction_mark(char32_t c) {
  return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069);
}

bool is_plain_text(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint step = decode_code_point(text, at);
    if (!step.is_valid || is_control(step.value) || is_direction_mark(step.value)) return false;
    at += step.size;
  }
  return true;
}

std::string escape_control(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint step = decode_code_point(text, at);
    if (!step.is_valid || (is_control(step.value) && step.value < 0x100)) {
      out += "\\x";
      append_hex(out, step.is_valid ? step.value : static_cast<std::uint8_t>(text[at]), 2);
    } else if (is_control(step.value)) {
      out += "\\u{";
      append_hex(out, step.value, 4);
      out += '}';
    } else if (step.value == U'\\') {
      out += "\\\\";
    } else {
      out += text.substr(at, step.size);
    }
    at += step.size;
  }
  return out;
}

bool has_control(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint step = decode_code_point(text, at);
    if (!step.is_valid || is_control(step.value)) return true;
    at += step.size;
  }
  return false;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string to_lower_ascii(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

}  // namespace fettle
