#include "fettle/base/token.h"

#include <gtest/gtest.h>

namespace fettle {
namespace {

TEST(Token, IsRecognisedByItsPrefixAlone) {
  const std::string text = make_token(kSetupTokenPrefix, {1, 2, 3}).reveal();
  EXPECT_EQ(text.size(), 44U);
  EXPECT_TRUE(is_token(kSetupTokenPrefix, text));
  EXPECT_FALSE(is_token(kApiTokenPrefix, text));
  EXPECT_FALSE(is_token(kApiTokenPrefix, "ftk_" + text.substr(4)));  // the checksum covers the prefix
}

TEST(Token, NoChangedCharacterIsAccepted) {
  const std::string good = make_token(kApiTokenPrefix, {9, 8, 7, 255}).reveal();
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const char c : {'0', '1', 'a', 'f', 'A', 'g', ' ', '\0'}) {
      std::string bad = good;
      if (bad[at] == c) continue;
      bad[at] = c;
      ASSERT_FALSE(is_token(kApiTokenPrefix, bad)) << bad;
    }
    ASSERT_FALSE(is_token(kApiTokenPrefix, good.substr(0, at)));
  }
  EXPECT_FALSE(is_token(kApiTokenPrefix, good + "0"));
  EXPECT_FALSE(is_token(kApiTokenPrefix, ""));
}

TEST(Token, HashesDiffer) {
  crypto_start();
  const std::string a = make_token(kApiTokenPrefix, {1}).reveal();
  const std::string b = make_token(kApiTokenPrefix, {2}).reveal();
  EXPECT_NE(token_hash(a), token_hash(b));
  EXPECT_EQ(token_hash(a), token_hash(a));
}

}  // namespace
}  // namespace fettle
