#include "fettle/access/password_rules.h"

#include <gtest/gtest.h>

namespace fettle::access {
namespace {

std::string times(std::size_t count, std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += text;
  return out;
}

TEST(PasswordRules, CountsCodePointsAndNotBytes) {
  EXPECT_FALSE(check_password("abcdefgmnop", "ada"));  // eleven
  EXPECT_TRUE(check_password("abcdegmnopqx", "ada"));  // twelve
  EXPECT_TRUE(check_password("äöüßéèñçåøÆŒ", "ada"));
  EXPECT_FALSE(check_password("äöüßéèñçåøÆ", "ada"));
  EXPECT_TRUE(check_password(times(16, "abxdefgh"), "ada"));
  EXPECT_FALSE(check_password(times(16, "abxdefgh") + "i", "ada"));
  EXPECT_TRUE(check_password(times(16, "abxdefg€"), "ada"));
}

TEST(PasswordRules, RefusesWhatIsGuessedFirst) {
  for (const char* bad :
       {"password1234", "Password2026!", "!!PASSWORD!!!!", "123456789012", "987654321098", "qwertyuiop12",
        "Administrator1", "aaaaaaaaaaaa", "abababababab", "abcdefghijkl", "changeme!!!!", "letmein20261",
        "CorrectHorseBatteryStaple", "fettlefettle", "           a"}) {
    EXPECT_FALSE(check_password(bad, "ada")) << bad;
  }
  EXPECT_FALSE(check_password("Marguerite-1999", "marguerite"));
  EXPECT_FALSE(
      check_password("\xff\xfe"
                     "bcdexghijklm",
                     "ada"));
}

TEST(PasswordRules, LetsUnrelatedWordsPass) {
  for (const char* good : {"seven brown otters", "passwordless is nice", "my administrator sings",
                           "7294 8375 6102", "correct horse battery staple"}) {
    EXPECT_TRUE(check_password(good, "ada")) << good;
  }
}

TEST(PasswordRules, TheRefusalDoesNotRepeatThePassword) {
  const auto refused = check_password("password1234", "ada");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().detail.find("password1234"), std::string::npos);
  EXPECT_EQ(refused.error().fields.at(0).pointer, "/body/password");
}

TEST(PasswordRules, NamesAreTrimmedTextOfUpTo64Characters) {
  EXPECT_EQ(check_name("  Ada L. \n"), "Ada L.");
  EXPECT_EQ(check_name(times(64, "ä")), times(64, "ä"));
  EXPECT_FALSE(check_name(times(65, "ä")));
  EXPECT_FALSE(check_name(" \t"));
  EXPECT_FALSE(check_name("a\nb"));
  EXPECT_FALSE(check_name("a\x1b[31m"));
  EXPECT_FALSE(check_name("\xff"));
  EXPECT_EQ(name_key(" Ada "), name_key("aDA"));
}

}  // namespace
}  // namespace fettle::access
