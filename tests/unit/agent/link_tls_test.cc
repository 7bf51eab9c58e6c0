// What an agent makes of TLS: its proof is bound to the connection where the server ends that, nothing is
// said to whoever stands between, and announced pins are kept.
#include "fettle/agent/link.h"
#include "tests/unit/agent/agent_fixture.h"

namespace fettle::agent {
namespace {

using testing::SimTls;

const CertificatePin kPresent = sha256("present");
const CertificatePin kNext = sha256("next");

struct TlsFixture : AgentFixture {
  void tls(std::optional<std::string> agent_side, std::optional<std::string> server_side) {
    network.set_tls({std::move(agent_side), std::move(server_side), kPresent});
  }
  void start_pinned() {
    identity.pins = {kPresent};
    start_agent();
    agent->keep_identity_with([this](const Identity& changed) { kept.push_back(changed.pins); });
  }
  bool ended_with(const std::string& words) {
    return loop.run_until([&] { return agent->figures().link.last_end.contains(words); }, Seconds(60));
  }
  std::vector<std::vector<CertificatePin>> kept;
};

TEST(LinkTls, ItsProofCoversTheConnection) {
  TlsFixture fixture;
  fixture.tls("channel", "channel");
  fixture.start_pinned();
  ASSERT_TRUE(fixture.wait_until_welcome());
  EXPECT_TRUE(fixture.server.faults.empty());
}

TEST(LinkTls, ItsProofIsWorthNothingOnAnotherConnection) {
  TlsFixture fixture;
  fixture.tls("to the relay", "from the relay");
  fixture.start_agent();
  ASSERT_TRUE(fixture.loop.run_until([&] { return !fixture.server.hellos.empty(); }, Seconds(60)));
  EXPECT_EQ(fixture.server.faults, std::vector<std::string>{"the proof is wrong"});
}

TEST(LinkTls, BehindAProxyItIsNotBound) {
  TlsFixture fixture;
  fixture.tls("to the proxy", std::nullopt);
  fixture.start_agent();
  ASSERT_TRUE(fixture.wait_until_welcome());
  EXPECT_TRUE(fixture.server.faults.empty());
}

TEST(LinkTls, APinMeansThatNobodyStandsBetween) {
  TlsFixture fixture;
  fixture.tls("to the proxy", std::nullopt);
  fixture.start_pinned();
  ASSERT_TRUE(fixture.ended_with("something between them ends it"));
  EXPECT_TRUE(fixture.server.hellos.empty()) << "nothing was signed";
}

TEST(LinkTls, ABoundChallengeWithoutTlsIsNotSigned) {
  TlsFixture fixture;
  fixture.tls(std::nullopt, "somebody's");
  fixture.start_agent();
  ASSERT_TRUE(fixture.ended_with("something between them ends it"));
  EXPECT_TRUE(fixture.server.hellos.empty());
}

TEST(LinkTls, KeepsThePinsThatAreAnnounced) {
  TlsFixture fixture;
  fixture.tls("channel", "channel");
  fixture.start_pinned();
  ASSERT_TRUE(fixture.wait_until_welcome());
  fixture.server.send(wire::CertificatePins{{kPresent, kNext}});
  fixture.server.send(wire::CertificatePins{{kPresent, kNext}});
  ASSERT_TRUE(fixture.loop.run_until([&] { return !fixture.kept.empty(); }, Seconds(60)));
  fixture.loop.run_for(Seconds(5));
  EXPECT_EQ(fixture.kept, (std::vector<std::vector<CertificatePin>>{{kPresent, kNext}})) << "once";
}

TEST(LinkTls, IsNotLockedOutByAListWithoutThePresentKey) {
  TlsFixture fixture;
  fixture.tls("channel", "channel");
  fixture.start_pinned();
  ASSERT_TRUE(fixture.wait_until_welcome());
  fixture.server.send(wire::CertificatePins{{kNext}});
  fixture.server.send(wire::CertificatePins{});
  fixture.loop.run_for(Seconds(5));
  EXPECT_TRUE(fixture.kept.empty());
  EXPECT_EQ(fixture.agent->figures().link.sessions.odd_messages, 2U);
}

TEST(LinkTls, TakesNoPinsWhereItHasNone) {
  TlsFixture fixture;
  fixture.tls("channel", "channel");
  fixture.start_agent();
  ASSERT_TRUE(fixture.wait_until_welcome());
  fixture.server.send(wire::CertificatePins{{kPresent}});
  fixture.loop.run_for(Seconds(5));
  EXPECT_EQ(fixture.agent->figures().link.sessions.odd_messages, 1U);
}

}  // namespace
}  // namespace fettle::agent
