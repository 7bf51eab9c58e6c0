#include "fettle/base/sha1.h"

#include <gtest/gtest.h>

#include "fettle/base/encoding.h"

namespace fettle {
namespace {

TEST(Sha1, MatchesItsStandard) {  // RFC 3174 section 7.3, FIPS 180-1
  EXPECT_EQ(hex_encode(sha1("")), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(hex_encode(sha1("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(hex_encode(sha1("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
  EXPECT_EQ(hex_encode(sha1(std::string(1'000'000, 'a'))), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}

TEST(Sha1, HmacMatchesItsStandard) {  // RFC 2202 section 3, cases 1, 2 and 6
  const std::vector<std::uint8_t> short_key(20, 0x0b);
  EXPECT_EQ(hex_encode(hmac_sha1(short_key, "Hi There")), "b617318655057264e28bc0b6fb378c8ef146be00");
  EXPECT_EQ(hex_encode(hmac_sha1(as_bytes("Jefe"), "what do ya want for nothing?")),
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  const std::vector<std::uint8_t> long_key(80, 0xaa);
  EXPECT_EQ(hex_encode(hmac_sha1(long_key, "Test Using Larger Than Block-Size Key - Hash Key First")),
            "aa4ae5e15272d00e95705637ce8a3b55ed402112");
}

}  // namespace
}  // namespace fettle
