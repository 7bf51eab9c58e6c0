#include "fettle/base/encoding.h"

#include <gtest/gtest.h>

#include <random>

namespace fettle {
namespace {

// RFC 4648 section 10.
TEST(Encoding, Base64KnowsItsVectors) {
  const std::vector<std::pair<std::string_view, std::string_view>> vectors{{"", ""},
                                                                           {"f", "Zg=="},
                                                                           {"fo", "Zm8="},
                                                                           {"foo", "Zm9v"},
                                                                           {"foob", "Zm9vYg=="},
                                                                           {"fooba", "Zm9vYmE="},
                                                                           {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, coded] : vectors) {
    EXPECT_EQ(base64_encode(as_bytes(plain)), coded);
    const auto back = base64_decode(coded);
    ASSERT_TRUE(back);
    EXPECT_EQ(as_text(*back), plain);
  }
}

TEST(Encoding, RefusesWhatNobodyWouldWrite) {
  for (const std::string_view bad :
       {"Z", "Zg", "Zg=", "Zh==", "Zm9=", "Zg==Zg==", "Z===", "====", "Zm 9", "Zm9v\n", "Zm9_"}) {
    EXPECT_FALSE(base64_decode(bad)) << bad;
  }
  EXPECT_FALSE(base64url_decode("Zg=="));
  EXPECT_FALSE(base64url_decode("Z"));
  EXPECT_FALSE(base64url_decode("Zm9+"));
}

TEST(Encoding, EveryFormSurvivesTheRoundTrip) {
  std::mt19937 random(11);
  for (std::size_t size = 0; size < 200; ++size) {
    std::vector<std::uint8_t> bytes(size);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    EXPECT_EQ(base64_decode(base64_encode(bytes)), bytes);
    EXPECT_EQ(base64url_decode(base64url_encode(bytes)), bytes);
    std::vector<std::uint8_t> back(size);
    EXPECT_TRUE(hex_decode(hex_encode(bytes), back));
    EXPECT_EQ(back, bytes);
  }
}

TEST(Encoding, HexWantsItsExactSize) {
  std::array<std::uint8_t, 2> out{};
  EXPECT_TRUE(hex_decode("AbfF", out));
  EXPECT_EQ(out[1], 0xFF);
  EXPECT_FALSE(hex_decode("abf", out));
  EXPECT_FALSE(hex_decode("abff0", out));
  EXPECT_FALSE(hex_decode("abfg", out));
}

// RFC 3720 appendix B.4, and the usual check value of the polynomial.
TEST(Encoding, Crc32cKnowsItsVectors) {
  EXPECT_EQ(crc32c(as_bytes("123456789")), 0xE3069283U);
  EXPECT_EQ(crc32c(std::vector<std::uint8_t>(32, 0)), 0x8A9136AAU);
  EXPECT_EQ(crc32c(std::vector<std::uint8_t>(32, 0xFF)), 0x62A8AB43U);
  EXPECT_EQ(crc32c({}), 0U);
}

TEST(Encoding, Crc32cGoesOnWhereItWas) {
  const std::string text = "the quick brown fox jumps over the lazy dog";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    const std::uint32_t head = crc32c(as_bytes(std::string_view(text).substr(0, cut)));
    EXPECT_EQ(crc32c(as_bytes(std::string_view(text).substr(cut)), head), crc32c(as_bytes(text)));
  }
}

TEST(Encoding, Base32MatchesItsStandard) {  // RFC 4648 section 10, without padding
  EXPECT_EQ(base32_encode(as_bytes("")), "");
  EXPECT_EQ(base32_encode(as_bytes("f")), "MY");
  EXPECT_EQ(base32_encode(as_bytes("fo")), "MZXQ");
  EXPECT_EQ(base32_encode(as_bytes("foo")), "MZXW6");
  EXPECT_EQ(base32_encode(as_bytes("foob")), "MZXW6YQ");
  EXPECT_EQ(base32_encode(as_bytes("foobar")), "MZXW6YTBOI");
}

}  // namespace
}  // namespace fettle
