#include "fettle/cli/sse_reader.h"

namespace fettle::cli {
namespace {

constexpr std::size_t kLongestLine = 4U << 20U;

}  // namespace

void SseReader::restart() {
  unread_.clear();
  type_.clear();
  data_.clear();
  has_data_ = is_after_cr_ = false;
}

bool SseReader::feed(std::string_view bytes, const std::function<bool(const SseEvent&)>& on_event) {
  for (const char c : bytes) {
    const bool is_second_of_pair = c == '\n' && std::exchange(is_after_cr_, false);
    if (is_second_of_pair) continue;
    is_after_cr_ = c == '\r';
    if (c != '\n' && c != '\r') {
      unread_ += c;
      if (unread_.size() > kLongestLine) return false;
      continue;
    }
    const std::string line = std::exchange(unread_, {});
    if (!take_line(line, on_event)) return false;
  }
  return true;
}

bool SseReader::take_line(std::string_view line, const std::function<bool(const SseEvent&)>& on_event) {
  if (line.empty()) {
    const SseEvent event{id_, type_.empty() ? "message" : type_, std::move(data_)};
    type_.clear();
    data_.clear();
    return !std::exchange(has_data_, false) || on_event(event);
  }
  const std::size_t colon = line.find(':');
  const std::string_view field = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "data") {
    if (has_data_) data_ += '\n';
    data_ += value;
    has_data_ = true;
  } else if (field == "event") {
    type_ = value;
  } else if (field == "id" && value.find('\0') == std::string_view::npos) {
    id_ = value;
  }
  return true;
}

}  // namespace fettle::cli
