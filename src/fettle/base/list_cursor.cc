#include "fettle/base/list_cursor.h"

#include <charconv>

#include "fettle/base/encoding.h"

namespace fettle {

std::string format_cursor(std::string_view list, std::string_view place) {
  std::string text(list);
  text += ':';
  text += place;
  return base64url_encode(as_bytes(text));
}

Result<std::string> parse_cursor(std::string_view list, std::string_view cursor) {
  const auto bytes = base64url_decode(cursor);
  const std::string_view text = bytes ? as_text(*bytes) : std::string_view();
  const std::size_t head = list.size() + 1;
  if (text.size() <= head || !text.starts_with(list) || text[list.size()] != ':') return strange_cursor();
  return std::string(text.substr(head));
}

Result<std::int64_t> parse_number_cursor(std::string_view list, std::string_view cursor) {
  FETTLE_TRY(const std::string place, parse_cursor(list, cursor));
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(place.data(), place.data() + place.size(), number);
  if (error != std::errc{} || end != place.data() + place.size() || number <= 0) return strange_cursor();
  return number;
}

std::unexpected<Error> strange_cursor() {
  return fail_field("/query/cursor", "must be one that this list gave");
}

}  // namespace fettle
