#include "fettle/cli/terminal_line.h"

#include <algorithm>

#include "fettle/base/text.h"

namespace fettle::cli {
namespace {

constexpr char kEscape = '\x1b';
constexpr char kBell = '\x07';

bool is_within(char c, char first, char last) {
  return c >= first && c <= last;
}

/// How long the sequence is that begins here, as ECMA-48 has it: CSI (colours, places) or OSC (titles). 0:
/// none.
std::size_t sequence_size(std::string_view text) {
  if (text.size() < 2 || text[0] != kEscape) return 0;
  std::size_t at = 2;
  if (text[1] == '[') {
    while (at < text.size() && is_within(text[at], '\x20', '\x3f')) ++at;
    return at < text.size() && is_within(text[at], '\x40', '\x7e') ? at + 1 : 0;
  }
  if (text[1] != ']') return 0;
  while (at < text.size() && text[at] != kBell && text[at] != kEscape) ++at;
  if (at < text.size() && text[at] == kBell) return at + 1;
  return at + 1 < text.size() && text[at + 1] == '\\' ? at + 2 : 0;
}

std::string without_sequences(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t size = sequence_size(text);
    if (size == 0) out += text.front();
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return out;
}

/// The last one that is not blank.
std::string_view last_state(std::string_view text) {
  for (;;) {
    const std::size_t before = text.rfind('\r');
    if (before == std::string_view::npos) return text;
    const std::string_view state = text.substr(before + 1);
    if (!trim(state).empty()) return state;
    text = text.substr(0, before);
  }
}

}  // namespace

std::string as_terminal_line(std::string_view text) {
  const std::string plain = without_sequences(text);
  std::string out;
  for (const std::string_view part : split(last_state(plain), '\t')) out += escape_control(part) + '\t';
  if (!out.empty()) out.pop_back();
  return out;
}

}  // namespace fettle::cli
