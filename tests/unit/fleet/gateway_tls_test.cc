// What a gateway makes of TLS that the server ends itself: the hello is signed for this very connection.
#include "tests/unit/fleet/fleet_fixture.h"

namespace fettle::fleet {
namespace {

std::uint16_t code(net::CloseCode code) {
  return static_cast<std::uint16_t>(code);
}

class GatewayTls : public FleetTest {
 protected:
  void tls(std::optional<std::string> server_side) {
    network_.set_tls({server_side, server_side, std::nullopt});
  }
  wire::Hello bound_hello(const wire::Challenge& challenge, const std::string& host_id,
                          std::string_view binding) {
    wire::Hello out = hello(challenge, host_id);
    const std::string text =
        wire::hello_signing_input({challenge.nonce, challenge.server_id, host_id, binding});
    const Signature signature = sign(make_signing_key(seed_), as_bytes(text));
    out.signature.assign(signature.begin(), signature.end());
    return out;
  }
};

TEST_F(GatewayTls, WelcomesWhoSignedForThisConnection) {
  const Host host = enrolled_host();
  tls("this one");
  HandAgent agent = dial();
  const auto challenge = agent.expect<wire::Challenge>();
  EXPECT_TRUE(challenge.channel_bound);
  agent.send(bound_hello(challenge, host.id.text(), "this one"));
  agent.expect<wire::Welcome>();
}

TEST_F(GatewayTls, RefusesWhatWasSignedForAnotherOneOrForNone) {
  const Host host = enrolled_host();
  tls("this one");
  for (const std::string binding : {"another", ""}) {
    HandAgent agent = dial();
    agent.send(bound_hello(agent.expect<wire::Challenge>(), host.id.text(), binding));
    EXPECT_EQ(agent.closed(), code(net::CloseCode::unauthenticated)) << binding;
  }
}

TEST_F(GatewayTls, WithoutTlsNothingIsBound) {
  const Host host = enrolled_host();
  HandAgent agent = dial();
  const auto challenge = agent.expect<wire::Challenge>();
  EXPECT_FALSE(challenge.channel_bound);
  agent.send(bound_hello(challenge, host.id.text(), "made up"));
  EXPECT_EQ(agent.closed(), code(net::CloseCode::unauthenticated));
}

TEST_F(GatewayTls, AConnectionThatCannotBeBoundIsRefused) {
  tls("");
  HandAgent agent = dial();
  EXPECT_EQ(agent.closed(), code(net::CloseCode::unauthenticated)) << "else a relay would choose such a one";
}

TEST_F(GatewayTls, TellsThePinsToWhoIsHereAndToWhoComes) {
  const Host host = enrolled_host();
  tls("this one");
  const auto come = [&] {
    HandAgent agent = dial();
    agent.send(bound_hello(agent.expect<wire::Challenge>(), host.id.text(), "this one"));
    agent.expect<wire::Welcome>();
    return agent;
  };
  HandAgent agent = come();
  const std::vector<CertificatePin> pins{sha256("present"), sha256("next")};
  fleet().set_certificate_pins(pins);
  EXPECT_EQ(agent.expect<wire::CertificatePins>().pins, pins);
  HandAgent again = come();
  EXPECT_EQ(again.expect<wire::CertificatePins>().pins, pins);
}

}  // namespace
}  // namespace fettle::fleet
