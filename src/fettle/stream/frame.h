// A message as bytes of text/event-stream (WHATWG HTML, section 9.2): `id:`, `event:`, one `data:` line and
// an empty line.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "fettle/stream/messages.h"

namespace fettle::stream {

/// `retry: 2000` and a comment: bytes flow at once, so that no proxy waits for more.
constexpr std::string_view kPreamble = "retry: 2000\n: ok\n\n";
constexpr std::string_view kKeepAlive = ": keep-alive\n";

/// Everything before the JSON. `sequence` 0: no id line (hello).
void append_frame_head(std::string& out, std::string_view epoch, std::uint64_t sequence,
                       std::string_view type);
inline void append_frame_end(std::string& out) {
  out += "\n\n";
}

void append_frame(std::string& out, std::string_view epoch, std::uint64_t sequence, const Message& message);

}  // namespace fettle::stream
