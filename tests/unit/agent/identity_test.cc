#include "fettle/agent/identity.h"

#include <gtest/gtest.h>

#include "fettle/agent/enrolment.h"
#include "fettle/base/encoding.h"
#include "fettle/base/json_value.h"
#include "fettle/io/sim/sim_files.h"
#include "tests/unit/io/sim_fixture.h"

namespace fettle::agent {
namespace {

constexpr const char* kHostId = "host_01935e2f00007000800000000000abcd";

Identity make_identity(io::Random& random) {
  return {kHostId,
          "web-1",
          "env_01935e2f00007000800000000000abcd",
          "server_01935e2f00007000800000000000abcd",
          "http://127.0.0.1:8400",
          make_seed(random)};
}

struct IdentityFixture : io::SimFixture {
  io::SimDisk disk{io::SimRandom(3)};
  io::SimFiles files{disk};
};

TEST(Identity, AChangeOfKeysIsInTheFolderUntilItIsDone) {
  io::SimDisk disk{io::SimRandom(3)};
  io::SimFiles files(disk);
  const Key256 old_key(std::array<std::uint8_t, 32>{1}), fresh(std::array<std::uint8_t, 32>{2});
  const Identity identity{
      "host_01935e2f00007000800000000000abcd", "web-1", "env_1", "server_1", "http://x:1", old_key};
  ASSERT_TRUE(save_identity(files, "data", identity));
  EXPECT_FALSE(load_next_key(files, "data"));
  ASSERT_TRUE(save_next_key(files, "data", fresh));
  EXPECT_EQ(load_next_key(files, "data")->reveal(), fresh.reveal());
  EXPECT_EQ(load_identity(files, "data")->seed.reveal(), old_key.reveal());
  ASSERT_TRUE(commit_next_key(files, "data", identity, fresh));
  EXPECT_FALSE(load_next_key(files, "data"));
  EXPECT_EQ(load_identity(files, "data")->seed.reveal(), fresh.reveal());
  EXPECT_EQ(load_identity(files, "data")->name, "web-1");
}

TEST(Identity, ALateEndOfOneChangeLeavesTheKeyOfTheNext) {
  IdentityFixture fixture;
  Identity identity = make_identity(fixture.loop.random());
  const Key256 first = make_seed(fixture.loop.random()), second = make_seed(fixture.loop.random());
  ASSERT_TRUE(save_identity(fixture.files, "/data", identity));
  ASSERT_TRUE(save_next_key(fixture.files, "/data", first));
  ASSERT_TRUE(commit_next_key(fixture.files, "/data", identity, first));
  ASSERT_TRUE(save_next_key(fixture.files, "/data", second));
  // The server says once more that it has the first.
  ASSERT_TRUE(commit_next_key(fixture.files, "/data", identity, first));
  ASSERT_TRUE(load_next_key(fixture.files, "/data"));
  EXPECT_EQ(load_next_key(fixture.files, "/data")->reveal(), second.reveal());
  EXPECT_EQ(load_identity(fixture.files, "/data")->seed.reveal(), first.reveal());
}

TEST(Identity, ComesBackAsItWasSaved) {
  IdentityFixture fixture;
  const Identity identity = make_identity(fixture.loop.random());
  ASSERT_TRUE(save_identity(fixture.files, "/data", identity));
  const auto loaded = load_identity(fixture.files, "/data");
  ASSERT_TRUE(loaded) << loaded.error().detail;
  EXPECT_EQ(loaded->host_id, identity.host_id);
  EXPECT_EQ(loaded->name, "web-1");
  EXPECT_EQ(loaded->environment_id, identity.environment_id);
  EXPECT_EQ(loaded->server_id, identity.server_id);
  EXPECT_EQ(loaded->server_url, identity.server_url);
  EXPECT_EQ(loaded->seed.reveal(), identity.seed.reveal());
}

TEST(Identity, SurvivesACrashAtOnceAfterSaving) {
  IdentityFixture fixture;
  ASSERT_TRUE(save_identity(fixture.files, "/data", make_identity(fixture.loop.random())));
  fixture.disk.crash();
  io::SimFiles after(fixture.disk);
  EXPECT_TRUE(load_identity(after, "/data"));
}

TEST(Identity, SaysWhatIsWrongWithItsFile) {
  IdentityFixture fixture;
  EXPECT_EQ(load_identity(fixture.files, "/data").error().reason, "not_enrolled");
  ASSERT_TRUE(save_identity(fixture.files, "/data", make_identity(fixture.loop.random())));
  const std::string good = *fixture.files.read_all("/data/identity.json", 1 << 16);
  for (std::size_t size = 0; size + 2 < good.size(); ++size) {
    ASSERT_TRUE(fixture.files.write_atomically("/data/identity.json", good.substr(0, size)));
    EXPECT_EQ(load_identity(fixture.files, "/data").error().code, ErrorCode::corrupt);
  }
}

TEST(Identity, DialsTheServerThatWasGiven) {
  Identity identity;
  identity.server_url = *parse_server_url("http://127.0.0.1:8400/");
  EXPECT_EQ(identity.link_url(), "ws://127.0.0.1:8400/api/v1/agent");
  identity.server_url = *parse_server_url("https://fettle.example.org/sub//");
  EXPECT_EQ(identity.link_url(), "wss://fettle.example.org/sub/api/v1/agent");
  for (const char* wrong : {"", "127.0.0.1:8400", "ftp://x", "http://", "http:///x", "http://:80",
                            "http://a b", "http://u@h", "http://h/?x", "http://h\n", "ws://h"})
    EXPECT_FALSE(parse_server_url(wrong)) << wrong;
}

TEST(Identity, SignsExactlyThisHello) {
  IdentityFixture fixture;
  const Identity identity = make_identity(fixture.loop.random());
  const wire::Challenge challenge{std::string(32, 'n'), wire::kVersion, identity.server_id};
  const std::string text = sign_hello(identity, challenge);
  Signature signature{};
  ASSERT_EQ(text.size(), signature.size());
  std::ranges::copy(as_bytes(text), signature.begin());
  const PublicKey key = make_signing_key(identity.seed).public_key;
  const auto holds = [&](const std::string& nonce, const std::string& server, const std::string& host) {
    return verify_signature(key, as_bytes(wire::hello_signing_input({nonce, server, host, ""})), signature);
  };
  EXPECT_TRUE(holds(challenge.nonce, identity.server_id, identity.host_id));
  EXPECT_FALSE(holds(std::string(32, 'm'), identity.server_id, identity.host_id));
  EXPECT_FALSE(holds(challenge.nonce, "server_other", identity.host_id));
  EXPECT_FALSE(holds(challenge.nonce, identity.server_id, "host_other"));
}

TEST(Identity, KeepsThePinsOfTheServer) {
  IdentityFixture fixture;
  Identity identity = make_identity(fixture.loop.random());
  identity.pins = {sha256("one"), sha256("two")};
  ASSERT_TRUE(save_identity(fixture.files, "/data", identity));
  const auto loaded = load_identity(fixture.files, "/data");
  ASSERT_TRUE(loaded) << loaded.error().detail;
  EXPECT_EQ(loaded->pins, identity.pins);
}

class FakeEnrolClient final : public EnrolClient {
 public:
  Task<Result<EnrolAnswer>> post(std::string url, std::string json_body,
                                 std::vector<CertificatePin> pins) override {
    urls.push_back(std::move(url));
    bodies.push_back(std::move(json_body));
    pins_given = std::move(pins);
    co_return answer;
  }
  Result<EnrolAnswer> answer = EnrolAnswer{
      201, R"({"host_id":"host_01935e2f00007000800000000000abcd","name":"given","environment_id":"env_1",)"
           R"("server_id":"server_1","of_a_later_version":{"x":[1]}})"};
  std::vector<std::string> urls, bodies;
  std::vector<CertificatePin> pins_given;
};

std::string member(const std::string& json, std::string_view name) {
  for (const JsonNode& node : parse_json(json)->items) {
    if (node.name == name) return node.text;
  }
  return "(none)";
}

EnrolOrder make_order() {
  EnrolOrder order{"/data", "http://127.0.0.1:8400/", "fte_token", "", {}};
  order.machine.hostname = "web-1";
  order.machine.booted_at_ms = 1'700'000'000'000;
  return order;
}

TEST(Enrolment, KeepsWhatTheServerAnswered) {
  IdentityFixture fixture;
  FakeEnrolClient client;
  const auto identity = fixture.loop.run(enroll(client, fixture.files, fixture.loop.random(), make_order()));
  ASSERT_TRUE(identity) << identity.error().detail;
  EXPECT_EQ(client.urls, std::vector<std::string>{"http://127.0.0.1:8400/api/v1/enroll"});
  EXPECT_EQ(member(client.bodies[0], "token"), "fte_token");
  EXPECT_EQ(member(client.bodies[0], "name"), "web-1") << "the machine's own by default";
  const auto loaded = load_identity(fixture.files, "/data");
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->name, "given");
  EXPECT_EQ(loaded->server_id, "server_1");
  EXPECT_EQ(member(client.bodies[0], "public_key"), base64_encode(make_signing_key(loaded->seed).public_key));
  EXPECT_EQ(client.bodies[0].find(base64_encode(loaded->seed.reveal())), std::string::npos)
      << "the private key never leaves";
  EXPECT_EQ(*fixture.files.list("/data"), std::vector<std::string>{"identity.json"});
}

TEST(Enrolment, RefusesASecondTimeBeforeAnythingIsSent) {
  IdentityFixture fixture;
  FakeEnrolClient client;
  ASSERT_TRUE(fixture.loop.run(enroll(client, fixture.files, fixture.loop.random(), make_order())));
  const auto again = fixture.loop.run(enroll(client, fixture.files, fixture.loop.random(), make_order()));
  EXPECT_EQ(again.error().reason, "already_enrolled");
  ASSERT_TRUE(fixture.files.write_atomically("/data/identity.json", "broken"));
  const auto broken = fixture.loop.run(enroll(client, fixture.files, fixture.loop.random(), make_order()));
  EXPECT_EQ(broken.error().reason, "already_enrolled") << "a broken identity is not overwritten";
  EXPECT_EQ(client.bodies.size(), 1U);
}

TEST(Enrolment, GoesOnWithTheSameKeyAfterALostAnswer) {
  IdentityFixture fixture;
  FakeEnrolClient client;
  const auto good = client.answer;
  client.answer = fail(ErrorCode::timeout, "timeout", "no answer");
  EXPECT_FALSE(fixture.loop.run(enroll(client, fixture.files, fixture.loop.random(), make_order())));
  client.answer = good;
  ASSERT_TRUE(fixture.loop.run(enroll(client, fixture.files, fixture.loop.random(), make_order())));
  EXPECT_EQ(member(client.bodies[0], "public_key"), member(client.bodies[1], "public_key"));
}

TEST(Enrolment, SendsATokenWithAPinOnlyToWhomThePinFits) {
  IdentityFixture fixture;
  FakeEnrolClient client;
  const CertificatePin pin = sha256("key");
  EnrolOrder order = make_order();
  order.token = join_pin("fte_token", pin);
  const auto plain = fixture.loop.run(enroll(client, fixture.files, fixture.loop.random(), order));
  EXPECT_EQ(plain.error().reason, "https_needed");
  order.server_url = "https://127.0.0.1:8400";
  order.token.pop_back();
  const auto mangled = fixture.loop.run(enroll(client, fixture.files, fixture.loop.random(), order));
  EXPECT_EQ(mangled.error().reason, "token_unreadable");
  EXPECT_TRUE(client.bodies.empty());
  order.token = join_pin("fte_token", pin);
  ASSERT_TRUE(fixture.loop.run(enroll(client, fixture.files, fixture.loop.random(), order)));
  EXPECT_EQ(client.pins_given, std::vector{pin});
  EXPECT_EQ(member(client.bodies[0], "token"), "fte_token") << "the pin stays here";
  EXPECT_EQ(load_identity(fixture.files, "/data")->pins, std::vector{pin});
}

TEST(Enrolment, UsesNoTokenWhenTheFolderTakesNothing) {
  IdentityFixture fixture;
  fixture.disk.set_capacity(0);
  FakeEnrolClient client;
  EXPECT_FALSE(fixture.loop.run(enroll(client, fixture.files, fixture.loop.random(), make_order())));
  EXPECT_TRUE(client.bodies.empty());
}

TEST(Enrolment, PassesOnWhyItWasRefused) {
  IdentityFixture fixture;
  FakeEnrolClient client;
  client.answer =
      EnrolAnswer{410, R"({"status":410,"code":"enrolment_token_expired","detail":"It is too old."})"};
  auto refused = fixture.loop.run(enroll(client, fixture.files, fixture.loop.random(), make_order()));
  EXPECT_EQ(refused.error().code, ErrorCode::gone);
  EXPECT_EQ(refused.error().reason, "enrolment_token_expired");
  EXPECT_EQ(refused.error().detail, "It is too old.");
  for (const char* body : {"", "<html>", "{}", "[]", R"({"host_id":"host_x","server_id":"s"})", "null"}) {
    client.answer = EnrolAnswer{200, body};
    refused = fixture.loop.run(enroll(client, fixture.files, fixture.loop.random(), make_order()));
    ASSERT_FALSE(refused) << body;
    EXPECT_EQ(refused.error().reason, "enrolment_answer_unreadable");
  }
  client.answer = EnrolAnswer{502, "<html>Bad gateway</html>"};
  EXPECT_EQ(fixture.loop.run(enroll(client, fixture.files, fixture.loop.random(), make_order())).error().code,
            ErrorCode::unavailable);
  client.answer = EnrolAnswer{404, "<html>Nothing here</html>"};
  refused = fixture.loop.run(enroll(client, fixture.files, fixture.loop.random(), make_order()));
  EXPECT_EQ(refused.error().code, ErrorCode::not_found);
  EXPECT_NE(refused.error().detail.find("is this the address of a Fettle server?"), std::string::npos);
  EXPECT_EQ(load_identity(fixture.files, "/data").error().reason, "not_enrolled");
}

}  // namespace
}  // namespace fettle::agent
