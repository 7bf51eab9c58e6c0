#include "fettle/base/json_value.h"

// The library's only translation unit: header-only use, without exceptions of its own reaching us.
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/src.hpp>
#include <charconv>
#include <cmath>
#include <system_error>

#include "fettle/base/json.h"
#include "fettle/base/text.h"

namespace fettle {
namespace {

constexpr std::size_t kMaxDepth = 32;
constexpr std::size_t kFewMembers = 16;  // up to here comparing pairs is cheaper than sorting

using boost::json::error_code;

/// The repeated name of an object, or null.
const std::string* repeated_name(const JsonNode& object) {
  const auto& items = object.items;
  if (items.size() <= kFewMembers) {
    for (std::size_t i = 1; i < items.size(); ++i) {
      for (std::size_t k = 0; k < i; ++k) {
        if (items[i].name == items[k].name) return &items[i].name;
      }
    }
    return nullptr;
  }
  std::vector<const std::string*> names;
  names.reserve(items.size());
  for (const JsonNode& item : items) names.push_back(&item.name);
  const auto less = [](const std::string* a, const std::string* b) { return *a < *b; };
  std::sort(names.begin(), names.end(), less);
  const auto same = [](const std::string* a, const std::string* b) { return *a == *b; };
  const auto found = std::adjacent_find(names.begin(), names.end(), same);
  return found == names.end() ? nullptr : *found;
}

/// What the parser calls: builds the tree on a stack of open arrays and objects.
class Builder {
 public:
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) { return open(JsonNode::Kind::object); }
  bool on_object_end(std::size_t, error_code& error) {
    if (const std::string* name = repeated_name(open_.back())) {
      return refuse(error,
                    "the name \"" + std::string(truncate_utf8(*name, 64)) + "\" appears twice in one object");
    }
    return close();
  }
  bool on_array_begin(error_code&) { return open(JsonNode::Kind::array); }
  bool on_array_end(std::size_t, error_code&) { return close(); }
  bool on_key_part(boost::json::string_view part, std::size_t, error_code&) { return collect(part); }
  bool on_key(boost::json::string_view part, std::size_t, error_code&) {
    collect(part);
    names_.back() = std::exchange(text_, {});
    return true;
  }
  bool on_string_part(boost::json::string_view part, std::size_t, error_code&) { return collect(part); }
  bool on_string(boost::json::string_view part, std::size_t, error_code&) {
    collect(part);
    JsonNode node;
    node.kind = JsonNode::Kind::string;
    node.text = std::exchange(text_, {});
    return add(std::move(node));
  }
  bool on_number_part(boost::json::string_view part, error_code&) { return collect(part); }
  bool on_int64(std::int64_t value, boost::json::string_view, error_code&) {
    text_.clear();
    JsonNode node;
    node.kind = JsonNode::Kind::integer;
    node.integer = value;
    return add(std::move(node));
  }
  bool on_uint64(std::uint64_t value, boost::json::string_view, error_code&) {
    text_.clear();
    JsonNode node;
    node.kind = JsonNode::Kind::big_integer;
    node.big_integer = value;
    return add(std::move(node));
  }
  /// The parser's own conversion is off by a bit in the last place for some numbers, so the text is read
  /// again.
  bool on_double(double rough, boost::json::string_view part, error_code& error) {
    collect(part);
    const std::string text = std::exchange(text_, {});
    double exact = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), exact);
    if (code == std::errc::result_out_of_range) {
      if (std::abs(rough) > 1) return refuse(error, "a number is too large");
      exact = 0;
    }
    JsonNode node;
    node.kind = JsonNode::Kind::real;
    node.real = exact;
    return add(std::move(node));
  }
  bool on_bool(bool value, error_code&) {
    JsonNode node;
    node.kind = JsonNode::Kind::boolean;
    node.boolean = value;
    return add(std::move(node));
  }
  bool on_null(error_code&) { return add({}); }
  bool on_comment_part(boost::json::string_view, error_code&) { return true; }
  bool on_comment(boost::json::string_view, error_code&) { return true; }

  JsonNode take() { return std::move(root_); }
  [[nodiscard]] const std::string& refusal() const { return refusal_; }

 private:
  bool open(JsonNode::Kind kind) {
    open_.emplace_back().kind = kind;
    names_.emplace_back();
    return true;
  }
  bool close() {
    JsonNode node = std::move(open_.back());
    open_.pop_back();
    names_.pop_back();
    return add(std::move(node));
  }
  bool add(JsonNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return true;
    }
    if (open_.back().kind == JsonNode::Kind::object) node.name = std::move(names_.back());
    open_.back().items.push_back(std::move(node));
    return true;
  }
  bool collect(boost::json::string_view part) {
    text_.append(part.data(), part.size());
    return true;
  }
  bool refuse(error_code& error, std::string why) {
    refusal_ = std::move(why);
    error = boost::json::error::syntax;
    return false;
  }

  JsonNode root_;
  std::vector<JsonNode> open_;
  std::vector<std::string> names_;  // of the member that comes next, beside open_
  std::string text_;
  std::string refusal_;
};

}  // namespace

Result<JsonNode> parse_json(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = kMaxDepth;
  boost::json::basic_parser<Builder> parser(options);
  error_code error;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), error);
  if (!error && used < text.size()) error = boost::json::error::extra_data;
  if (error) {
    std::string why = parser.handler().refusal();
    if (why.empty()) why = error.message();
    return fail(ErrorCode::invalid_input, "unreadable_json",
                "No readable JSON: " + why + " (at byte " + std::to_string(used) + ").");
  }
  return parser.handler().take();
}

void append_json_node(std::string& out, const JsonNode& node) {
  switch (node.kind) {
    case JsonNode::Kind::null:
      out += "null";
      return;
    case JsonNode::Kind::boolean:
      out += node.boolean ? "true" : "false";
      return;
    case JsonNode::Kind::integer:
      out += std::to_string(node.integer);
      return;
    case JsonNode::Kind::big_integer:
      out += std::to_string(node.big_integer);
      return;
    case JsonNode::Kind::real:
      append_json_number(out, node.real);
      return;
    case JsonNode::Kind::string:
      append_json_string(out, node.text);
      return;
    case JsonNode::Kind::array:
    case JsonNode::Kind::object:
      break;
  }
  const bool is_object = node.kind == JsonNode::Kind::object;
  out += is_object ? '{' : '[';
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    if (i > 0) out += ',';
    if (is_object) {
      append_json_string(out, node.items[i].name);
      out += ':';
    }
    append_json_node(out, node.items[i]);
  }
  out += is_object ? '}' : ']';
}

}  // namespace fettle
