#include "fettle/net/entity_tag.h"

#include "fettle/base/text.h"

namespace fettle::net {

std::string entity_tag(std::int64_t version) {
  return '"' + std::to_string(version) + '"';
}

Result<> check_if_match(std::string_view if_match, std::int64_t version) {
  if (if_match.empty()) return {};
  const std::string tag = entity_tag(version);
  for (const std::string_view part : split(if_match, ',')) {
    // A weak tag never matches here: RFC 9110 section 13.1.1 asks for the strong comparison.
    if (trim(part) == tag || trim(part) == "*") return {};
  }
  return fail(ErrorCode::precondition_failed, "changed_meanwhile",
              "This was changed since you read it; look at it again.");
}

}  // namespace fettle::net
