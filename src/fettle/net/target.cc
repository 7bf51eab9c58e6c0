#include "fettle/net/target.h"

#include "fettle/base/text.h"

namespace fettle::net {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::unexpected<Error> bad(const char* detail) {
  return fail(ErrorCode::invalid_input, "bad_target", detail);
}

enum class Plus : std::uint8_t { literal, space };

/// Decodes %XX; refuses broken escapes, control characters and invalid UTF-8.
Result<std::string> decode(std::string_view text, Plus plus) {
  std::string out;
  out.reserve(text.size());
  bool is_ascii = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
      if (low < 0) return bad("The request target has a broken percent escape.");
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (c == '+' && plus == Plus::space) {
      c = ' ';
    }
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) return bad("The request target contains a control character.");
    is_ascii = is_ascii && byte < 0x80;
    out += c;
  }
  if (!is_ascii && !is_valid_utf8(out)) return bad("The request target is not valid UTF-8.");
  return out;
}

Result<std::string> decode_path(std::string_view raw) {
  for (std::size_t i = raw.find('%'); i != std::string_view::npos; i = raw.find('%', i + 1)) {
    const std::string_view code = raw.substr(i + 1, 2);
    if (code == "2f" || code == "2F" || code == "5c" || code == "5C") {
      return bad("The path contains an encoded slash.");
    }
  }
  FETTLE_TRY(std::string path, decode(raw, Plus::literal));
  if (path.find('\\') != std::string::npos) return bad("The path contains a backslash.");
  for (std::size_t at = path.find("/."); at != std::string::npos; at = path.find("/.", at + 1)) {
    const std::string_view rest = std::string_view(path).substr(at + 1);
    const std::string_view segment = rest.substr(0, rest.find('/'));
    if (segment == "." || segment == "..") return bad("The path contains a dot segment.");
  }
  return path;
}

}  // namespace

Result<Target> parse_target(std::string_view target) {
  Target out;
  if (target == "*") {
    out.path = "*";
    return out;
  }
  if (!target.starts_with('/')) return bad("The request target must begin with a slash.");
  if (target.find('#') != std::string_view::npos) return bad("The request target contains a fragment.");
  const std::size_t mark = target.find('?');
  FETTLE_TRY(out.path, decode_path(target.substr(0, mark)));
  if (mark == std::string_view::npos) return out;
  for (const std::string_view part : split(target.substr(mark + 1), '&')) {
    if (part.empty()) continue;
    if (out.query.size() == kMaxQueryParameters) return bad("The query has more than 100 parameters.");
    const std::size_t equals = part.find('=');
    FETTLE_TRY(std::string name, decode(part.substr(0, equals), Plus::space));
    std::string value;
    if (equals != std::string_view::npos) {
      FETTLE_TRY(value, decode(part.substr(equals + 1), Plus::space));
    }
    out.query.emplace_back(std::move(name), std::move(value));
  }
  return out;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool is_letter_or_digit =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (is_letter_or_digit || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

}  // namespace fettle::net
