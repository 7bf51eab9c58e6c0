// A JSON text as a tree, between the parser and the described structs; json_codec.h reads values out of it.
// Nobody else needs it: what comes from outside has a type.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fettle/base/result.h"

namespace fettle {

struct JsonNode {
  enum class Kind : std::uint8_t { null, boolean, integer, big_integer, real, string, array, object };
  Kind kind = Kind::null;
  bool boolean = false;
  std::int64_t integer = 0;       // Kind::integer
  std::uint64_t big_integer = 0;  // Kind::big_integer: above the range of `integer`
  double real = 0;
  std::string text;
  std::string name;             // of a member of an object
  std::vector<JsonNode> items;  // elements of an array, members of an object in the order of the text
};

/// Strict JSON (RFC 8259) of at most 32 levels, valid UTF-8, no name twice in an object, no number beyond a
/// double. Error: `invalid_input` ("unreadable_json") with the offset of the fault.
Result<JsonNode> parse_json(std::string_view text);
/// Writes the tree as text again, in its order.
void append_json_node(std::string& out, const JsonNode& node);

}  // namespace fettle
