#include "fettle/net/response_head.h"

#include <ctime>

#include "fettle/base/text.h"

namespace fettle::net {
namespace {

// Source: conventions.md section 3 and S9.
constexpr std::string_view kSecurityFields =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n";
// RFC 6797, over TLS only. Without includeSubDomains: names below ours may belong to others.
constexpr std::string_view kStrictTransport = "Strict-Transport-Security: max-age=31536000\r\n";

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x20 || byte == 0x7f ? ' ' : c;
  }
  out += "\r\n";
}

}  // namespace

std::string_view DateCache::at(WallTime now) {
  const std::int64_t second = std::chrono::floor<Seconds>(now).time_since_epoch().count();
  if (second == second_) return text_;
  second_ = second;
  std::tm parts{};
  const std::time_t time = second;
  ::gmtime_r(&time, &parts);
  constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto two = [](int value) { return std::string{char('0' + value / 10 % 10), char('0' + value % 10)}; };
  text_ = std::string(kDays[static_cast<std::size_t>(parts.tm_wday)]) + ", " + two(parts.tm_mday) + " " +
          kMonths[static_cast<std::size_t>(parts.tm_mon)] + " " + std::to_string(parts.tm_year + 1900) + " " +
          two(parts.tm_hour) + ":" + two(parts.tm_min) + ":" + two(parts.tm_sec) + " GMT";
  return text_;
}

void append_head(std::string& out, const Response& response, const HeadFacts& facts) {
  out.reserve(out.size() + 1024);
  out += facts.is_http_1_1 ? "HTTP/1.1 " : "HTTP/1.0 ";
  out += std::to_string(response.status);
  out += ' ';
  out += status_phrase(response.status);
  out += "\r\nDate: ";
  out += facts.date;
  out += "\r\n";
  for (const auto& [name, value] : response.headers.all()) append_field(out, name, value);
  if (facts.framing != Framing::upgrade && !response.headers.has("Cache-Control")) {
    append_field(out, "Cache-Control", "no-store");
  }
  if (!facts.request_id.empty()) append_field(out, "X-Request-Id", facts.request_id);
  switch (facts.framing) {
    case Framing::length:
      out += "Content-Length: ";
      out += std::to_string(facts.body_bytes);
      out += "\r\n";
      break;
    case Framing::none:
    case Framing::to_close:
      break;
    case Framing::upgrade:
      out += "\r\n";  // Connection and Upgrade are among the handshake's fields; no page is shown, so no
                      // page's headers
      return;
  }
  if (facts.framing == Framing::to_close || !facts.keeps_alive) {
    out += "Connection: close\r\n";
  } else if (!facts.is_http_1_1) {
    out += "Connection: keep-alive\r\n";
  }
  out += kSecurityFields;
  if (facts.is_tls) out += kStrictTransport;
  out += "\r\n";
}

}  // namespace fettle::net
