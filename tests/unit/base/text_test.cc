#include "fettle/base/text.h"

#include <gtest/gtest.h>

#include <random>

namespace fettle {
namespace {

TEST(Text, KnowsValidUtf8) {
  for (const std::string_view good :
       {"", "a", "ä", "€", "\xF0\x9F\x90\xA6", "\xF4\x8F\xBF\xBF", "\xEF\xBF\xBD"}) {
    EXPECT_TRUE(is_valid_utf8(good)) << good;
  }
  for (const std::string_view bad :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x80\x80\x80",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xC3", "\xE2\x82", "a\xC3z", "\xE2\x28\xA1"}) {
    EXPECT_FALSE(is_valid_utf8(bad));
  }
}

TEST(Text, EveryCodePointSurvivesTheRoundTrip) {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c == 0xD800) c = 0xE000;  // surrogates are no characters
    std::string text;
    append_utf8(text, c);
    const CodePoint step = decode_code_point(text, 0);
    ASSERT_TRUE(step.is_valid) << static_cast<std::uint32_t>(c);
    ASSERT_EQ(step.value, c);
    ASSERT_EQ(step.size, text.size());
  }
}

TEST(Text, CutsOnlyBetweenCodePoints) {
  const std::string text = "aä€\xF0\x9F\x90\xA6z";
  for (std::size_t limit = 0; limit <= text.size() + 1; ++limit) {
    const std::string_view cut = truncate_utf8(text, limit);
    EXPECT_LE(cut.size(), limit);
    EXPECT_TRUE(is_valid_utf8(cut));
    EXPECT_TRUE(text.starts_with(cut));
    EXPECT_GT(cut.size() + 4, std::min(limit, text.size()));
  }
  EXPECT_EQ(count_code_points(text), 5U);
}

TEST(Text, EscapesWhatCouldForgeALine) {
  EXPECT_EQ(escape_control("a\nb\r\x1b[31m\x7f"), "a\\x0ab\\x0d\\x1b[31m\\x7f");
  EXPECT_EQ(escape_control("\xC2\x85\xE2\x80\xA8\xE2\x80\xA9"), "\\x85\\u{2028}\\u{2029}");
  EXPECT_EQ(escape_control("\xFF\xC3"), "\\xff\\xc3");
  EXPECT_EQ(escape_control("C:\\x0a ä"), "C:\\\\x0a ä");
  EXPECT_EQ(escape_control(std::string_view("\0", 1)), "\\x00");
}

TEST(Text, EscapedTextIsOneCleanLine) {
  std::mt19937 random(7);
  for (int i = 0; i < 5'000; ++i) {
    std::string bytes(random() % 30, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    const std::string out = escape_control(bytes);
    ASSERT_FALSE(has_control(out));
    ASSERT_TRUE(is_valid_utf8(out));
  }
}

TEST(Text, Trims) {
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim(" \n"), "");
  EXPECT_EQ(trim(""), "");
}

TEST(Text, SplitsAndKeepsEmptyParts) {
  using Parts = std::vector<std::string_view>;
  EXPECT_EQ(split("a,,b,", ','), (Parts{"a", "", "b", ""}));
  EXPECT_EQ(split("", ','), Parts{""});
}

TEST(Text, LowersAsciiOnly) {
  EXPECT_EQ(to_lower_ascii("AZaz[@Ä"), "azaz[@Ä");
  EXPECT_TRUE(equals_ignoring_case("Content-TYPE", "content-type"));
  EXPECT_FALSE(equals_ignoring_case("a", "ab"));
}

}  // namespace
}  // namespace fettle
