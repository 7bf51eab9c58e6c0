#include "fettle/base/list_cursor.h"

#include <gtest/gtest.h>

#include "fettle/base/encoding.h"

namespace fettle {
namespace {

std::string coded(std::string_view text) {
  return base64url_encode(as_bytes(text));
}

TEST(ListCursor, GivesItsPlaceBack) {
  EXPECT_EQ(parse_cursor("open", format_cursor("open", "1:a\"b")), "1:a\"b");
  EXPECT_EQ(parse_number_cursor("run", format_cursor("run", "9223372036854775807")), INT64_MAX);
}

TEST(ListCursor, RefusesWhatItsListDidNotGive) {
  for (const std::string& cursor :
       {std::string(), std::string("?"), std::string("cnVu"), coded("run"), coded("run:"), coded("runs:1"),
        coded("event:1"), coded(":1"), format_cursor("event", "1")}) {
    const auto place = parse_cursor("run", cursor);
    ASSERT_FALSE(place) << cursor;
    EXPECT_EQ(place.error().code, ErrorCode::unprocessable);
    EXPECT_EQ(place.error().fields.at(0).pointer, "/query/cursor");
  }
  for (const char* number : {"0", "-1", "+1", " 1", "1 ", "1x", "9223372036854775808"})
    EXPECT_FALSE(parse_number_cursor("run", format_cursor("run", number))) << number;
}

}  // namespace
}  // namespace fettle
