// The short texts that come from outside: times, ids, tokens, hex and base64, cookies, origins, addresses.
// What is accepted is written again as what it was.
#include "fettle/access/cookie_rules.h"
#include "fettle/access/login_limiter.h"
#include "fettle/access/password_rules.h"
#include "fettle/access/role_rules.h"
#include "fettle/base/check.h"
#include "fettle/base/encoding.h"
#include "fettle/base/id.h"
#include "fettle/base/text.h"
#include "fettle/base/time.h"
#include "fettle/base/token.h"

namespace fettle {
namespace {

void check_values(std::string_view text) {
  if (const auto time = parse_time(text)) {
    const auto whole = std::chrono::floor<Millis>(*time);
    const auto year = std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(*time)).year();
    // An offset may carry a time over the ends of the four-digit years, where it has no text.
    if (year >= std::chrono::year(0) && year <= std::chrono::year(9999)) {
      FETTLE_CHECK(parse_time(format_time(*time)) == whole, text);
    }
  }
  if (const auto id = HostId::parse(text)) FETTLE_CHECK(id->text() == to_lower_ascii(text), text);
  if (const auto bytes = base64_decode(text)) FETTLE_CHECK(base64_encode(*bytes) == text, text);
  if (const auto bytes = base64url_decode(text)) FETTLE_CHECK(base64url_encode(*bytes) == text, text);
  std::array<std::uint8_t, 4> four{};
  if (hex_decode(text, four)) FETTLE_CHECK(hex_encode(four) == to_lower_ascii(text), text);
  if (is_token(kApiTokenPrefix, text)) FETTLE_CHECK(text.size() == 44, text);
}

void check_text(std::string_view text) {
  const std::string escaped = escape_control(text);
  FETTLE_CHECK(is_valid_utf8(escaped) && !has_control(escaped));
  FETTLE_CHECK(count_code_points(text) <= text.size());
  FETTLE_CHECK(truncate_utf8(text, text.size() / 2).size() <= text.size() / 2);
}

void check_access(std::string_view text) {
  using access::Transport;
  for (const Transport transport : {Transport::plain, Transport::tls}) {
    FETTLE_CHECK(access::session_cookie_value(transport, text).find(';') == std::string_view::npos);
    const std::size_t cut = text.size() / 2;
    static_cast<void>(access::is_same_origin({"", text.substr(0, cut), text.substr(cut), transport}));
  }
  static_cast<void>(access::bearer_token(text));
  static_cast<void>(access::address_group(text));
  static_cast<void>(access::parse_permissions(text));
  static_cast<void>(access::check_password(text, text.substr(text.size() / 2)));
  if (const auto name = access::check_name(text)) FETTLE_CHECK(!has_control(*name) && !name->empty());
}

}  // namespace
}  // namespace fettle

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  fettle::check_values(text);
  fettle::check_text(text);
  fettle::check_access(text);
  return 0;
}
