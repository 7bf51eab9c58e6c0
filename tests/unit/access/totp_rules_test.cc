#include "fettle/access/totp_rules.h"

#include <gtest/gtest.h>

#include <set>

#include "fettle/base/encoding.h"

namespace fettle::access {
namespace {

const std::string kSecret = "12345678901234567890";  // RFC 6238 appendix B

WallTime at_seconds(std::int64_t seconds) {
  return wall_from_unix_ms(seconds * 1'000);
}

TEST(TotpRules, CodesMatchTheStandard) {  // RFC 6238 appendix B, the last six of its eight digits
  const std::map<std::int64_t, std::string> codes{{59, "287082"},         {1111111109, "081804"},
                                                  {1111111111, "050471"}, {1234567890, "005924"},
                                                  {2000000000, "279037"}, {20000000000, "353130"}};
  for (const auto& [seconds, code] : codes) {
    EXPECT_EQ(totp_code(as_bytes(kSecret), totp_step(at_seconds(seconds))), code);
  }
}

TEST(TotpRules, AStepToEitherSideIsLetIn) {
  const WallTime now = at_seconds(1'700'000'010);
  const std::int64_t step = totp_step(now);
  for (std::int64_t offset = -3; offset <= 3; ++offset) {
    const auto found = match_totp(as_bytes(kSecret), totp_code(as_bytes(kSecret), step + offset), now, 0);
    EXPECT_EQ(found.has_value(), offset >= -1 && offset <= 1) << offset;
    if (found) {
      EXPECT_EQ(*found, step + offset);
    }
  }
}

TEST(TotpRules, ACodeOpensOnce) {
  const WallTime now = at_seconds(1'700'000'010);
  const std::int64_t step = totp_step(now);
  const std::string code = totp_code(as_bytes(kSecret), step);
  EXPECT_FALSE(match_totp(as_bytes(kSecret), code, now, step));
  EXPECT_FALSE(match_totp(as_bytes(kSecret), code, now, step + 1));
  EXPECT_TRUE(match_totp(as_bytes(kSecret), code, now, step - 1));
}

TEST(TotpRules, BlanksInACodeDoNotCount) {
  const WallTime now = at_seconds(1'700'000'010);
  std::string code = totp_code(as_bytes(kSecret), totp_step(now));
  code.insert(3, " ");
  EXPECT_TRUE(match_totp(as_bytes(kSecret), code, now, 0));
  for (const std::string& wrong : {std::string(), std::string("0"), code + "0", std::string(64'000, '1')}) {
    EXPECT_FALSE(match_totp(as_bytes(kSecret), wrong, now, 0));
  }
}

TEST(TotpRules, KindsOfCodesAreToldApart) {
  EXPECT_EQ(factor_kind("123456"), FactorKind::totp);
  EXPECT_EQ(factor_kind("123 456"), FactorKind::totp);
  EXPECT_EQ(factor_kind("MFRA-7k2q-aaaa-2222"), FactorKind::recovery);
  for (const std::string& other :
       {std::string(), std::string("12345"), std::string("1234567"), std::string("mfra-7k2q-aaaa-2221"),
        std::string("12345\0", 6), std::string("１２３４５６")}) {
    EXPECT_EQ(factor_kind(other), FactorKind::neither) << other;
  }
}

TEST(TotpRules, RecoveryCodesReadAsTheyAreWritten) {
  std::set<std::string> seen;
  for (std::uint8_t i = 0; i < 50; ++i) {
    const std::string code = make_recovery_code({i, 1, 2, 3, 4, 5, 6, 7, 8, i});
    EXPECT_EQ(code.size(), 19U);
    EXPECT_EQ(factor_kind(code), FactorKind::recovery);
    EXPECT_TRUE(seen.insert(code).second);
    std::string typed = code;
    for (char& c : typed) c = c == '-' ? ' ' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    EXPECT_EQ(recovery_code_hash(typed), recovery_code_hash(code));
  }
}

TEST(TotpRules, TheAddressHoldsWhatAnAppNeeds) {
  const std::string uri = totp_uri(as_bytes(kSecret), "ada & <co>:1", "Fettle");
  EXPECT_EQ(
      uri,
      "otpauth://totp/Fettle:ada%20%26%20%3Cco%3E%3A1?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Fettle"
      "&algorithm=SHA1&digits=6&period=30");
}

}  // namespace
}  // namespace fettle::access
