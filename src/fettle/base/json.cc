#include "fettle/base/json.h"

#include <charconv>
#include <cmath>

#include "fettle/base/json_codec.h"
#include "fettle/base/page_limit.h"
#include "fettle/base/text.h"

namespace fettle {
namespace {

constexpr std::size_t kMaxFaults = 20;         // a form with more is not filled in by a person
constexpr std::size_t kMaxPointerBytes = 256;  // names come from outside

/// Printable ASCII that needs no escape.
constexpr bool is_plain(char c) {
  return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

void append_escape(std::string& out, char32_t c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u";
      for (int shift = 12; shift >= 0; shift -= 4) out += kHex[c >> shift & 15U];
  }
}

bool needs_escape(char32_t c) {
  return c < 0x20 || c == '"' || c == '\\' || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029;
}

template <class T>
void append_number(std::string& out, T value) {
  std::array<char, 32> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  FETTLE_CHECK(error == std::errc{});
  out.append(digits.data(), end);
}

std::string_view kind_name(JsonNode::Kind kind) {
  switch (kind) {
    case JsonNode::Kind::null:
      return "null";
    case JsonNode::Kind::boolean:
      return "true or false";
    case JsonNode::Kind::integer:
    case JsonNode::Kind::big_integer:
    case JsonNode::Kind::real:
      return "a number";
    case JsonNode::Kind::string:
      return "a string";
    case JsonNode::Kind::array:
      return "an array";
    case JsonNode::Kind::object:
      return "an object";
  }
  return "something else";
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && is_plain(text[end])) ++end;
    out.append(text, at, end - at);
    at = end;
    if (at == text.size()) break;
    const CodePoint step = decode_code_point(text, at);
    if (!step.is_valid) {
      append_utf8(out, 0xFFFD);
    } else if (needs_escape(step.value)) {
      append_escape(out, step.value);
    } else {
      out.append(text, at, step.size);
    }
    at += step.size;
  }
  out += '"';
}

void append_json_number(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
  } else {
    append_number(out, value == 0 ? 0 : value);  // no "-0": nobody means it
  }
}

namespace detail {

void append_integer(std::string& out, std::int64_t value) {
  append_number(out, value);
}
void append_integer(std::string& out, std::uint64_t value) {
  append_number(out, value);
}

JsonReader::Place::Place(JsonReader& reader, std::string_view name)
    : reader_(reader), size_before_(reader.path_.size()) {
  reader.path_ += '/';
  for (const char c : name) {
    if (c == '~') {
      reader.path_ += "~0";
    } else if (c == '/') {
      reader.path_ += "~1";
    } else {
      reader.path_ += c;
    }
  }
}

namespace {

/// What people call the place: "name", and "scopes[0]" for an element, which has no name of its own.
std::string name_at(std::string_view pointer) {
  std::string elements;
  for (;;) {
    const std::size_t slash = pointer.rfind('/');
    const std::string_view last = pointer.substr(slash + 1);  // all of it when there is no slash
    const bool is_element = !last.empty() && last.find_first_not_of("0123456789") == std::string_view::npos;
    if (!is_element || slash == std::string_view::npos || slash == 0) return std::string(last) + elements;
    elements = "[" + std::string(last) + "]" + elements;
    pointer = pointer.substr(0, slash);
  }
}

constexpr std::string_view kLimitPlace = "/query/limit";
constexpr std::string_view kAnyInteger = "must be a whole number from -9223372036854775808";

/// What a type can hold is no help to people, what a list gives is.
std::string allowed(std::string_view place, std::string_view what) {
  if (!what.starts_with(kAnyInteger)) return std::string(what);
  std::string text = "must be a whole number";
  if (place == kLimitPlace)
    text += " from " + std::to_string(kLeastLimit) + " to " + std::to_string(kMostLimit);
  return text;
}

}  // namespace

JsonReader::Place::Place(JsonReader& reader, std::size_t index) : Place(reader, std::to_string(index)) {}

void JsonReader::refuse(std::string_view what) {
  has_fault_ = true;
  if (faults_.size() >= kMaxFaults) return;
  const std::string place(truncate_utf8(path_, kMaxPointerBytes));
  faults_.push_back({place, name_at(place) + " " + allowed(place, what) + "."});
}

bool JsonReader::expect(const JsonNode& node, JsonNode::Kind kind) {
  if (node.kind == kind) return true;
  refuse("must be " + std::string(kind_name(kind)) + ", not " + std::string(kind_name(node.kind)));
  return false;
}

std::optional<double> JsonReader::number(const JsonNode& node) {
  switch (node.kind) {
    case JsonNode::Kind::integer:
      return static_cast<double>(node.integer);
    case JsonNode::Kind::big_integer:
      return static_cast<double>(node.big_integer);
    case JsonNode::Kind::real:
      return node.real;
    case JsonNode::Kind::null:
    case JsonNode::Kind::boolean:
    case JsonNode::Kind::string:
    case JsonNode::Kind::array:
    case JsonNode::Kind::object:
      break;
  }
  refuse("must be a number, not " + std::string(kind_name(node.kind)));
  return std::nullopt;
}

std::optional<Error> JsonReader::take_error() {
  if (!has_fault_) return std::nullopt;
  Error error;
  error.code = ErrorCode::unprocessable;
  error.reason = "invalid_field";
  error.detail = faults_.front().detail;
  error.fields = std::move(faults_);
  return error;
}

JsonNode query_number(std::string_view text) {
  // JSON's grammar for numbers is what a query accepts too; anything else becomes a string, which no number
  // takes.
  JsonNode none;
  none.kind = JsonNode::Kind::string;
  if (text.empty() || text.size() > 64 || text.find_first_not_of("0123456789+-.eE") != text.npos) return none;
  auto parsed = parse_json(text);
  return parsed ? std::move(*parsed) : none;
}

std::vector<std::string_view> split_list(std::string_view text) {
  if (text.empty()) return {};
  return split(text, ',');
}

}  // namespace detail
}  // namespace fettle

// What several modules pass through without a struct around it.
FETTLE_JSON(fettle::JsonText)
FETTLE_JSON(std::string)
FETTLE_JSON(std::vector<std::string>)
FETTLE_JSON(std::map<std::string, std::string>)
