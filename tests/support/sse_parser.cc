#include "tests/support/sse_parser.h"

#include <charconv>

namespace fettle::testing {

void SseParser::feed(std::string_view bytes) {
  rest_ += bytes;
  std::size_t begin = 0;
  for (std::size_t end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n', begin)) {
    line(std::string_view(rest_).substr(begin, end - begin));
    begin = end + 1;
  }
  rest_.erase(0, begin);
}

void SseParser::line(std::string_view text) {
  if (text.find('\r') != std::string_view::npos) fault = "a carriage return";
  if (text.empty()) return dispatch();
  if (text.starts_with(':')) {
    ++comments;
    return;
  }
  const std::size_t colon = text.find(": ");
  if (colon == std::string_view::npos) {
    fault = "no field: " + std::string(text);
    return;
  }
  field(text.substr(0, colon), text.substr(colon + 2));
}

void SseParser::field(std::string_view name, std::string_view value) {
  const auto once = [this, name](bool& seen) {
    if (seen) fault = "twice in one block: " + std::string(name);
    seen = true;
  };
  if (name == "id") {
    once(has_id_);
    block_.id = value;
    if (value.empty() || value.find('\0') != std::string_view::npos) fault = "a bad id";
  } else if (name == "event") {
    once(has_type_);
    block_.type = value;
  } else if (name == "data") {
    once(has_data_);
    block_.data = value;
  } else if (name == "retry") {
    retry = value;
    if (value.empty() || value.find_first_not_of("0123456789") != std::string_view::npos)
      fault = "a bad retry";
  } else {
    fault = "unknown field: " + std::string(name);
  }
}

void SseParser::dispatch() {
  if (has_id_) last_id = block_.id;
  if (has_data_ != has_type_) fault = "a block with half of its fields";
  if (has_data_) events.push_back(block_);
  block_ = {};
  has_data_ = has_id_ = has_type_ = false;
}

std::uint64_t sequence_of(std::string_view id) {
  const std::size_t dash = id.rfind('-');
  std::uint64_t sequence = 0;
  if (dash == std::string_view::npos) return 0;
  std::from_chars(id.data() + dash + 1, id.data() + id.size(), sequence);
  return sequence;
}

}  // namespace fettle::testing
