// The version of a thing that people edit, as HTTP tells it: ETag with the answer, If-Match with the change
// (RFC 9110 sections 8.8.3 and 13.1.1). Pure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "fettle/base/result.h"

namespace fettle::net {

/// `"7"`, quotes included.
std::string entity_tag(std::int64_t version);

/// `precondition_failed` ("changed_meanwhile") when If-Match was sent and does not name this version. Not
/// sent (empty), or "*": any version will do.
Result<> check_if_match(std::string_view if_match, std::int64_t version);

}  // namespace fettle::net
