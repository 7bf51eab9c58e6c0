// Lines that some program logged, and streams of events: any bytes are taken, and nothing of a line is lost.
#include "fettle/base/check.h"
#include "fettle/base/log_text.h"
#include "fettle/cli/sse_reader.h"

namespace fettle {
namespace {

void check_line(std::string_view text) {
  const LogText found = parse_log_text(text);
  FETTLE_CHECK(found.message.size() <= text.size(), text);
  if (!found.level && !text.starts_with('{') && !text.ends_with('\n') && !text.ends_with('\r')) {
    FETTLE_CHECK(found.message == text || text.find('{') != std::string_view::npos, text);
  }
}

/// The same events whatever the pieces.
void check_stream(std::string_view text) {
  const auto read = [](cli::SseReader& reader, std::string_view bytes, std::string& out) {
    reader.feed(bytes, [&out](const cli::SseEvent& event) {
      out += event.id + '\n' + event.type + '\n' + event.data + '\0';
      return true;
    });
  };
  cli::SseReader whole;
  cli::SseReader pieces;
  std::string once;
  std::string twice;
  read(whole, text, once);
  for (const char c : text) read(pieces, {&c, 1}, twice);
  FETTLE_CHECK(once == twice, text);
}

}  // namespace
}  // namespace fettle

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  fettle::check_line(text);
  fettle::check_stream(text);
  return 0;
}
