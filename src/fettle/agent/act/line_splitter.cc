#include "fettle/agent/act/line_splitter.h"

#include "fettle/base/text.h"
#include "fettle/wire/run_messages.h"

namespace fettle::agent {
namespace {

/// A byte that is no UTF-8 becomes three.
constexpr std::size_t kGrowth = 3;

}  // namespace

std::string repair_utf8(std::string_view bytes) {
  if (is_valid_utf8(bytes)) return std::string(bytes);
  std::string out;
  for (std::size_t at = 0; at < bytes.size();) {
    const CodePoint point = decode_code_point(bytes, at);
    append_utf8(out, point.value);
    at += point.size;
  }
  return out;
}

void LineSplitter::add(std::string_view bytes, const OnLine& on_line) {
  while (!bytes.empty()) {
    const std::size_t newline = bytes.find('\n');
    const std::string_view part = bytes.substr(0, newline);
    if (newline == std::string_view::npos) {
      rest_ += part;
      break;
    }
    if (rest_.empty()) {
      give(part, on_line);
    } else {
      rest_ += part;
      give(rest_, on_line);
      rest_.clear();
    }
    bytes.remove_prefix(newline + 1);
  }
  // A line without an end is not kept whole: its beginnings go as they fill up.
  while (rest_.size() > wire::kMaxLineText) {
    std::string_view part = truncate_utf8(rest_, wire::kMaxLineText / kGrowth);
    if (part.empty()) part = std::string_view(rest_).substr(0, wire::kMaxLineText / kGrowth);
    const std::size_t taken = part.size();
    give(part, on_line);
    rest_.erase(0, taken);
  }
}

void LineSplitter::end(const OnLine& on_line) {
  if (!rest_.empty()) give(rest_, on_line);
  rest_.clear();
}

void LineSplitter::give(std::string_view line, const OnLine& on_line) const {
  if (line.ends_with('\r')) line.remove_suffix(1);
  std::string text = repair_utf8(line);
  std::string_view left = text;
  do {
    const std::string_view part = truncate_utf8(left, wire::kMaxLineText);
    on_line(std::string(part));
    left.remove_prefix(part.size());
  } while (!left.empty());
}

}  // namespace fettle::agent
