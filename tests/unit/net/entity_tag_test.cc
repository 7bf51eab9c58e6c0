#include "fettle/net/entity_tag.h"

#include <gtest/gtest.h>

namespace fettle::net {
namespace {

TEST(EntityTag, NamesItsVersion) {
  EXPECT_EQ(entity_tag(7), "\"7\"");
  for (const std::string_view good : {"", "*", "\"7\"", " \"6\" , \"7\"", "\"7\",W/\"8\""}) {
    EXPECT_TRUE(check_if_match(good, 7)) << good;
  }
}

TEST(EntityTag, AnotherVersionIsRefused) {
  for (const std::string_view bad : {"\"6\"", "7", "W/\"7\"", "\"77\"", ",", "\"\"", "\"7"}) {
    const auto refused = check_if_match(bad, 7);
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error().code, ErrorCode::precondition_failed);
    EXPECT_EQ(refused.error().reason, "changed_meanwhile");
  }
}

}  // namespace
}  // namespace fettle::net
