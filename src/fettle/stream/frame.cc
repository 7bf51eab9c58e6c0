#include "fettle/stream/frame.h"

#include <charconv>

namespace fettle::stream {

void append_frame_head(std::string& out, std::string_view epoch, std::uint64_t sequence,
                       std::string_view type) {
  if (sequence != 0) {
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), sequence).ptr;
    out.append("id: ").append(epoch).append(1, '-').append(digits.data(), end).append(1, '\n');
  }
  out.append("event: ").append(type).append("\ndata: ");
}

void append_frame(std::string& out, std::string_view epoch, std::uint64_t sequence, const Message& message) {
  append_frame_head(out, epoch, sequence, message_type(message));
  append_message(out, message);
  append_frame_end(out);
}

}  // namespace fettle::stream
