#include "fettle/cli/flag_words.h"

#include <algorithm>
#include <map>

#include "fettle/base/text.h"

namespace fettle::cli {
namespace {

constexpr std::string_view kBody = "/body/";
constexpr std::string_view kParameter = "/body/parameters/";
constexpr std::string_view kOnAHost = "must be host for this plan";

/// Flags that are not called as what they say.
const std::map<std::string_view, std::string_view>& others() {
  static const std::map<std::string_view, std::string_view> kOthers{
      {"plan", "the plan"},         {"name", "the name"},    {"target_id", "--host"},
      {"target_kind", "--target"},  {"time_zone", "--zone"}, {"jitter_ms", "--jitter"},
      {"catch_up_ms", "--catch-up"}};
  return kOthers;
}

std::string flag_of(const std::string& pointer) {
  if (pointer.starts_with(kParameter)) return "--set " + pointer.substr(kParameter.size()) + "=VALUE";
  if (!pointer.starts_with(kBody)) return pointer;
  std::string name = pointer.substr(kBody.size());
  if (const auto other = others().find(name); other != others().end()) return std::string(other->second);
  std::ranges::replace(name, '_', '-');
  return "--" + name;
}

}  // namespace

Error in_flags(Error error) {
  for (FieldError& field : error.fields) field.pointer = flag_of(field.pointer);
  if (error.fields.size() != 1) return error;
  const FieldError& field = error.fields.front();
  if (field.pointer == "--target" && field.detail == kOnAHost) {
    error.detail = "this plan runs on a host: --host says which";
  } else if (field.detail == error.detail) {
    error.detail = field.pointer + " " + field.detail;
  } else {
    return error;
  }
  error.fields.clear();
  return error;
}

}  // namespace fettle::cli
