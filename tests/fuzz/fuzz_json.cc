// Any bytes are JSON or are refused; what is read is written again as the same value, and a struct that is
// read from it reads back from what it writes.
#include "fettle/base/check.h"
#include "fettle/base/json_codec.h"
#include "fettle/base/text.h"

namespace fettle {

enum class FuzzMood : std::uint8_t { calm, angry };
BOOST_DESCRIBE_ENUM(FuzzMood, calm, angry)
struct FuzzInner {
  std::string text;
  std::optional<std::int8_t> small;
};
BOOST_DESCRIBE_STRUCT(FuzzInner, (), (text, small))
struct FuzzOuter {
  std::optional<bool> flag;
  std::optional<std::uint64_t> number;
  std::optional<double> real;
  std::optional<HostId> id;
  std::optional<WallTime> at;
  std::optional<FuzzMood> mood;
  std::optional<std::vector<FuzzInner>> list;
  std::optional<std::map<std::string, std::int64_t>> map;
  std::optional<JsonText> any;
};
BOOST_DESCRIBE_STRUCT(FuzzOuter, (), (flag, number, real, id, at, mood, list, map, any))

namespace {

void check_tree(std::string_view text) {
  const auto tree = parse_json(text);
  if (!tree) {
    FETTLE_CHECK(tree.error().reason == "unreadable_json" && is_valid_utf8(tree.error().detail));
    return;
  }
  std::string once;
  append_json_node(once, *tree);
  const auto again = parse_json(once);
  FETTLE_CHECK(again.has_value(), once);
  std::string twice;
  append_json_node(twice, *again);
  FETTLE_CHECK(once == twice, once);
}

void check_struct(std::string_view text) {
  const auto value = from_json<FuzzOuter>(text);
  if (!value) {
    for (const FieldError& field : value.error().fields) FETTLE_CHECK(field.pointer.starts_with("/body"));
    return;
  }
  const std::string once = to_json(*value);
  const auto again = from_json<FuzzOuter>(once);
  FETTLE_CHECK(again.has_value(), once);
  FETTLE_CHECK(to_json(*again) == once, once);
}

}  // namespace
}  // namespace fettle

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  fettle::check_tree(text);
  fettle::check_struct(text);
  std::string quoted;
  fettle::append_json_string(quoted, text);
  FETTLE_CHECK(fettle::parse_json(quoted).has_value(), quoted);
  return 0;
}
