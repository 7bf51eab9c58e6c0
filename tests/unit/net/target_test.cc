#include "fettle/net/target.h"

#include <gmock/gmock.h>

namespace fettle::net {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(Target, DecodesPathAndQuery) {
  const auto target = parse_target("/a%20b/%C3%A9?x=1&y=a+b%2Bc&z&=e&&x=%26");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/a b/\xC3\xA9");
  EXPECT_THAT(target->query,
              ElementsAre(Pair("x", "1"), Pair("y", "a b+c"), Pair("z", ""), Pair("", "e"), Pair("x", "&")));
  EXPECT_EQ(parse_target("/a+b")->path, "/a+b") << "a plus is a plus in a path";
  EXPECT_EQ(parse_target("/a...b/.c")->path, "/a...b/.c");
}

TEST(Target, RefusesWhatCanBeReadInTwoWays) {
  for (const char* text :
       {"",        "a",       "http://x/", "x:443",  "/%",     "/%1",        "/%zz",  "/%00", "/a%0d%0ab",
        "/?x=%00", "/?%01=1", "/%7f",      "/a%2fb", "/a%2Fb", "/a%5cb",     "/a\\b", "/..",  "/a/../b",
        "/a/.",    "/./a",    "/%2e%2e/a", "/a/%2E", "/%ff",   "/?x=%c0%af", "/a#b",  "/?a#b"}) {
    EXPECT_FALSE(parse_target(text)) << text;
  }
  std::string many = "/?";
  for (int i = 0; i < 101; ++i) many += "a&";
  EXPECT_FALSE(parse_target(many));
}

TEST(Target, EncodingComesBackForEveryByteOfText) {
  std::string text;
  for (char c = 0x20; c < 0x7f; ++c) text += c;
  text += "\xC3\xA9\xE2\x82\xAC";
  const auto target = parse_target("/?" + percent_encode(text) + "=" + percent_encode(text));
  ASSERT_TRUE(target);
  EXPECT_THAT(target->query, ElementsAre(Pair(text, text)));
}

}  // namespace
}  // namespace fettle::net
