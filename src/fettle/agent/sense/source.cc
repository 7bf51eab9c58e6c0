#include "fettle/agent/sense/source.h"

#include "fettle/base/text.h"

namespace fettle::agent {

std::string clean_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = decode_code_point(text, at);
    const bool is_control = point.value < 0x20 || (point.value >= 0x7f && point.value < 0xa0);
    if (point.is_valid && !is_control) {
      out.append(text.substr(at, point.size));
    } else {
      append_utf8(out, 0xFFFD);
    }
    at += point.size;
  }
  return std::string(truncate_utf8(out, wire::kMaxText));
}

}  // namespace fettle::agent
