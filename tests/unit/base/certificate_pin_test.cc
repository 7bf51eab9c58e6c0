#include "fettle/base/certificate_pin.h"

#include <gtest/gtest.h>

#include "fettle/base/token.h"

namespace fettle {
namespace {

TEST(CertificatePin, IsReadAsItWasWritten) {
  const CertificatePin pin = sha256("key");
  const std::string text = pin_text(pin);
  EXPECT_EQ(text.size(), 7U + 43U);
  EXPECT_EQ(parse_pin(text), pin);
  for (const std::string& wrong : std::vector<std::string>{"", "sha256:", "sha1:AAAA", text.substr(7),
                                                           text.substr(0, 49), text + "A", text + "="}) {
    EXPECT_FALSE(parse_pin(wrong)) << wrong;
  }
}

TEST(CertificatePin, TravelsBehindAToken) {
  const std::string token = make_token(kEnrolmentTokenPrefix, {}).reveal();
  const CertificatePin pin = sha256("key");
  const std::string joined = join_pin(token, pin);
  EXPECT_EQ(split_pin(joined)->token, token);
  EXPECT_EQ(split_pin(joined)->pin, pin);
  EXPECT_EQ(join_pin(token, std::nullopt), token);
  EXPECT_EQ(split_pin(token)->token, token);
  EXPECT_FALSE(split_pin(token)->pin);
  EXPECT_FALSE(split_pin(token + "."));
  EXPECT_FALSE(split_pin(joined.substr(0, joined.size() - 1)));
  EXPECT_FALSE(split_pin(joined + ".x"));
  EXPECT_EQ(split_pin("")->token, "");
}

}  // namespace
}  // namespace fettle
