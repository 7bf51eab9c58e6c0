#include "fettle/cli/transport_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fettle::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

ConfigOutcome with(const std::string& lines) {
  return resolve_config(
      {.file_path = "f.toml", .file_text = "[server]\n" + lines, .environment = {}, .flags = {}});
}

std::vector<std::string> faults(const std::string& lines) {
  std::vector<std::string> keys;
  for (const ConfigProblem& problem : with(lines).problems) keys.push_back(problem.key);
  return keys;
}

TEST(TransportRules, SpeakTlsBeyondLoopbackOrWithACertificate) {
  EXPECT_FALSE(speaks_tls(with("").config));
  EXPECT_FALSE(speaks_tls(with("listen = \"127.9.9.9:1\"").config));
  EXPECT_FALSE(speaks_tls(with("listen = \"[::1]:1\"").config));
  EXPECT_TRUE(speaks_tls(with("listen = \"0.0.0.0:1\"").config));
  EXPECT_TRUE(speaks_tls(with("listen = \"[::]:1\"").config));
  EXPECT_TRUE(speaks_tls(with("listen = \"12.0.0.1:1\"").config));
  EXPECT_TRUE(speaks_tls(with("tls = \"on\"").config));
  EXPECT_FALSE(speaks_tls(with("listen = \"10.0.0.1:1\"\ntls = \"off\"").config));
  EXPECT_TRUE(speaks_tls(with("tls_certificate = \"/c\"\ntls_key = \"/k\"").config));
}

TEST(TransportRules, NothingGoesOverANetworkInTheOpen) {
  EXPECT_THAT(faults("listen = \"10.0.0.1:1\"\ntls = \"off\""), ElementsAre("server.tls"));
  EXPECT_THAT(faults("listen = \"10.0.0.1:1\"\ntls = \"off\"\ntrusted_proxies = [\"10.0.0.2\"]"), IsEmpty());
  EXPECT_THAT(faults("listen = \"10.0.0.1:1\""), IsEmpty());
  EXPECT_THAT(faults("tls = \"off\""), IsEmpty());
}

TEST(TransportRules, CertificateAndKeyGoTogetherAndAreUsed) {
  EXPECT_THAT(faults("tls_certificate = \"/c\""), ElementsAre("server.tls_certificate"));
  EXPECT_THAT(faults("tls_key = \"/k\""), ElementsAre("server.tls_key"));
  EXPECT_THAT(faults("tls_certificate = \"/c\"\ntls_key = \"/k\"\ntls = \"off\""), ElementsAre("server.tls"));
}

TEST(TransportRules, ThePublicAddressFitsWhatIsSpoken) {
  EXPECT_THAT(faults("public_url = \"https://f.example\""), ElementsAre("server.public_url"));
  EXPECT_THAT(faults("public_url = \"https://f.example\"\ntls = \"on\""), IsEmpty());
  EXPECT_THAT(faults("public_url = \"https://f.example\"\nlisten = \"0.0.0.0:1\""), IsEmpty());
  EXPECT_THAT(faults("public_url = \"http://f.example\"\nlisten = \"0.0.0.0:1\""),
              ElementsAre("server.public_url"));
}

}  // namespace
}  // namespace fettle::cli
