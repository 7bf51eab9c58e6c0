// Where a reading of JSON or of query parameters is, and what it found wrong so far. It goes on after a
// fault, so that a form shows all of them at once. Included by json_codec.h only.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fettle/base/json_value.h"
#include "fettle/base/result.h"

namespace fettle::detail {

class JsonReader {
 public:
  explicit JsonReader(std::string_view root) : path_(root) {}

  /// A step into a member or an element, for as long as it lives (JSON pointer, RFC 6901).
  class Place {
   public:
    Place(JsonReader& reader, std::string_view name);
    Place(JsonReader& reader, std::size_t index);
    ~Place() { reader_.path_.resize(size_before_); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    JsonReader& reader_;
    std::size_t size_before_;
  };

  /// Notes a fault at the current place; `what` continues "name ...", e.g. "must be a string".
  void refuse(std::string_view what);
  /// False after a refusal.
  bool expect(const JsonNode& node, JsonNode::Kind kind);
  /// Any number, as a double.
  std::optional<double> number(const JsonNode& node);
  /// `unprocessable` with all faults, or nothing.
  std::optional<Error> take_error();

 private:
  std::string path_;
  std::vector<FieldError> faults_;  // the first ones only
  bool has_fault_ = false;
};

/// A query value as a number node; null when it is none.
JsonNode query_number(std::string_view text);
std::vector<std::string_view> split_list(std::string_view text);

}  // namespace fettle::detail
