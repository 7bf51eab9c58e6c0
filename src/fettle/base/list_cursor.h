// Where a list goes on: opaque to who asks. It holds the name of its list, so that the cursor of another one
// is refused and never mistaken for a place.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "fettle/base/result.h"

namespace fettle {

std::string format_cursor(std::string_view list, std::string_view place);
/// The place, not empty. Error: `unprocessable`, with the pointer of the parameter.
Result<std::string> parse_cursor(std::string_view list, std::string_view cursor);
/// The same for a place that is a number above 0.
Result<std::int64_t> parse_number_cursor(std::string_view list, std::string_view cursor);

/// What a cursor that this list did not give is told.
std::unexpected<Error> strange_cursor();

}  // namespace fettle
