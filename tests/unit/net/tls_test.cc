// TLS over real loopback sockets: our client against our server, certificates made for the test.
#include "fettle/io/async_event.h"
#include "fettle/io/sim/sim_files.h"
#include "fettle/io/sim/sim_random.h"
#include "fettle/net/client.h"
#include "fettle/net/handshake_gate.h"
#include "fettle/net/own_certificate.h"
#include "fettle/net/tls_server.h"
#include "tests/unit/net/server_fixture.h"
#include "tests/unit/net/test_routes.h"

namespace fettle::net::test {
namespace {

using ::testing::HasSubstr;

constexpr std::int64_t kNowMs = 1'795'338'604'123;  // of ManualClock, too
const WallTime kNow = wall_from_unix_ms(kNowMs);

TlsFiles make_files(std::vector<std::string> names = {"localhost", "127.0.0.1"}) {
  TlsFiles files;
  files.key_pem = *make_private_key();
  files.certificate_pem = *make_certificate(
      files.key_pem, {std::move(names), kNow - std::chrono::days(1), kNow + std::chrono::days(10)});
  return files;
}

TEST(TlsCertificate, SaysWhatItWasMadeFor) {
  const TlsFiles files = make_files({"a.example", "10.1.2.3", "::1"});
  const auto facts = check_tls_files(files);
  ASSERT_TRUE(facts);
  EXPECT_THAT(facts->names, ::testing::ElementsAre("a.example", "10.1.2.3", "::1"));
  EXPECT_EQ(facts->pin, *pin_of_key(files.key_pem));
  EXPECT_EQ(facts->not_after, std::chrono::floor<Seconds>(kNow) + std::chrono::days(10));
  EXPECT_TRUE(check_validity(*facts, kNow));
  EXPECT_EQ(check_validity(*facts, kNow + std::chrono::days(11)).error().reason, "certificate_expired");
  EXPECT_EQ(check_validity(*facts, kNow - std::chrono::days(2)).error().reason, "certificate_not_yet_valid");
}

TEST(TlsCertificate, NamesWhatIsWrongWithFiles) {
  const TlsFiles one = make_files();
  const TlsFiles other = make_files();
  EXPECT_EQ(check_tls_files({one.certificate_pem, other.key_pem}).error().reason, "key_does_not_match");
  EXPECT_EQ(check_tls_files({"", one.key_pem}).error().reason, "certificate_unreadable");
  EXPECT_EQ(check_tls_files({one.certificate_pem, Secret<std::string>("no")}).error().reason,
            "key_unreadable");
  EXPECT_EQ(check_tls_files({one.key_pem.reveal(), one.key_pem}).error().reason, "certificate_unreadable");
}

class OwnCertificateTest : public ::testing::Test {
 protected:
  Result<OwnCertificate> prepare(WallTime now = kNow, std::vector<std::string> names = {"a.example"}) {
    return prepare_own_certificate(files, "/data", names, now);
  }
  io::SimDisk disk{io::SimRandom(1)};
  io::SimFiles files{disk};
};

TEST_F(OwnCertificateTest, KeepsItsKeyWhateverChanges) {
  ASSERT_TRUE(files.make_folders("/data"));
  const auto first = prepare();
  ASSERT_TRUE(first) << first.error().detail;
  const auto again = prepare();
  EXPECT_EQ(again->files.certificate_pem, first->files.certificate_pem);
  const auto renamed = prepare(kNow, {"b.example"});
  EXPECT_NE(renamed->files.certificate_pem, first->files.certificate_pem);
  EXPECT_EQ(renamed->pins, first->pins);
  const auto renewed =
      prepare(kNow + kOwnCertificateDays - kRenewedBefore + std::chrono::days(1), {"b.example"});
  EXPECT_GT(renewed->facts.not_after, renamed->facts.not_after);
  EXPECT_EQ(renewed->pins, first->pins);
}

TEST_F(OwnCertificateTest, NeverReplacesAKeyThatItCannotRead) {
  ASSERT_TRUE(files.make_folders("/data"));
  ASSERT_TRUE(files.write_atomically("/data/certificate.key", "torn"));
  EXPECT_EQ(prepare().error().reason, "key_unreadable");
}

TEST_F(OwnCertificateTest, AnnouncesAKeyBeforeItIsUsed) {
  ASSERT_TRUE(files.make_folders("/data"));
  EXPECT_EQ(make_next_key(files, "/data").error().reason, "no_certificate");
  const auto first = prepare();
  EXPECT_EQ(switch_to_next_key(files, "/data").error().reason, "no_next_key");
  const auto next = make_next_key(files, "/data");
  ASSERT_TRUE(next);
  EXPECT_EQ(make_next_key(files, "/data").error().reason, "next_key_waits");
  EXPECT_EQ(prepare()->pins, (std::vector{first->pins.front(), *next}));
  EXPECT_EQ(prepare()->files.certificate_pem, first->files.certificate_pem);
  EXPECT_EQ(*switch_to_next_key(files, "/data"), *next);
  const auto second = prepare();
  EXPECT_EQ(second->pins, std::vector{*next});
  EXPECT_EQ(second->facts.pin, *next);
}

TEST_F(OwnCertificateTest, ASwitchThatWasInterruptedCanBeRepeated) {
  ASSERT_TRUE(files.make_folders("/data"));
  ASSERT_TRUE(prepare());
  const auto next = make_next_key(files, "/data");
  const std::string key = *files.read_all("/data/next-certificate.key", 4096);
  ASSERT_TRUE(switch_to_next_key(files, "/data"));
  ASSERT_TRUE(
      files.write_atomically("/data/next-certificate.key", key));  // as if killed before it was removed
  EXPECT_EQ(prepare()->pins, std::vector{*next});
  EXPECT_EQ(*switch_to_next_key(files, "/data"), *next);
  EXPECT_EQ(prepare()->pins, std::vector{*next});
}

class TlsTest : public ServerFixture {
 protected:
  TlsTest() {
    router.add_raw<None>({.method = Method::get,
                          .path = "/large",
                          .permission = Permission::public_access,
                          .operation = "large",
                          .summary = "A body that fits no buffer.",
                          .answer_media_type = "text/plain"},
                         [](RequestContext& context, None) {
                           Response response;
                           response.headers.set("Content-Type", "text/plain");
                           response.headers.set("X-Tls", context.request().peer.is_tls ? "yes" : "no");
                           response.body = std::string(kLargeBytes, 'x');
                           return ready<Response>(std::move(response));
                         });
  }
  void start_tls() {
    files = make_files();
    tls = *TlsServer::make(files);
    HttpOptions options;
    options.tls = tls;
    start(std::move(options));
  }
  static Task<void> send(HttpClient& client, ClientRequest request,
                         std::promise<Result<ClientAnswer>>& into) {
    into.set_value(co_await client.send(std::move(request)));
  }
  Result<ClientAnswer> ask(std::vector<CertificatePin> pins, const std::string& scheme = "https") {
    HttpClient client(loop, clock);
    ClientRequest request;
    request.url = scheme + "://127.0.0.1:" + std::to_string(port()) + "/large";
    request.pins = std::move(pins);
    std::promise<Result<ClientAnswer>> answer;
    on_loop([&] { tasks->spawn("ask", send(client, std::move(request), answer)); });
    Result<ClientAnswer> got = answer.get_future().get();
    until([&] { return tasks->size() == 0; });
    return got;
  }
  static constexpr std::size_t kLargeBytes = 3 * 1024 * 1024 + 17;
  TlsFiles files;
  std::shared_ptr<TlsServer> tls;
};

TEST_F(TlsTest, CarriesWhatFitsNoBuffer) {
  start_tls();
  const auto answer = ask({tls->facts().pin});
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(answer->body.size(), kLargeBytes);
  EXPECT_EQ(answer->headers.get("X-Tls"), "yes");
  EXPECT_EQ(answer->headers.get("Strict-Transport-Security"), "max-age=31536000");
  EXPECT_EQ(figures().handshakes, 1U);
}

TEST_F(TlsTest, AcceptsOneOfSeveralPinsAndNoOther) {
  start_tls();
  CertificatePin wrong = tls->facts().pin;
  wrong[0] ^= 1;
  EXPECT_TRUE(ask({wrong, tls->facts().pin}));
  const auto refused = ask({wrong});
  EXPECT_EQ(refused.error().reason, "certificate_wrong_pin");
  EXPECT_EQ(ask({}).error().reason, "certificate_not_trusted");
}

TEST_F(TlsTest, WhoDoesNotTrustTheCertificateIsCountedAndNoNews) {
  start_tls();
  EXPECT_FALSE(ask({}));                                   // as a browser, by the authorities of this machine
  EXPECT_FALSE(ask({*pin_of_key(make_files().key_pem)}));  // as an agent of another server
  until([&] { return server->figures().handshakes_failed == 2; });
  EXPECT_EQ(figures().handshakes_distrusted, 2U);
  for (const auto& entry : sink->entries()) EXPECT_LT(entry.level, io::LogLevel::info) << entry.message;
}

TEST_F(TlsTest, TakesANewCertificateAndKeepsTheOldOneWhenItIsNoGood) {
  start_tls();
  const CertificatePin first = tls->facts().pin;
  const TlsFiles next = make_files();
  Result<> taken;
  on_loop([&] { taken = tls->exchange({next.certificate_pem, files.key_pem}); });
  EXPECT_EQ(taken.error().reason, "key_does_not_match");
  EXPECT_TRUE(ask({first}));
  on_loop([&] { taken = tls->exchange(next); });
  ASSERT_TRUE(taken);
  EXPECT_EQ(ask({first}).error().reason, "certificate_wrong_pin");
  EXPECT_TRUE(ask({*pin_of_key(next.key_pem)}));
  on_loop([&] { tls->renew_ticket_keys(); });
  EXPECT_TRUE(ask({*pin_of_key(next.key_pem)}));
}

TEST_F(TlsTest, TellsWhoSpeaksInTheOpen) {
  start_tls();
  const auto answer = ask({}, "http");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 400);
  EXPECT_THAT(answer->body, HasSubstr("https_needed"));
}

TEST_F(TlsTest, CutsOffHalfAHandshake) {
  start_tls();
  TestClient silent(port());
  TestClient half(port());
  half.send("\x16\x03\x01\x02");
  until([&] { return server->figures().connections_open == 2; });
  advance(Millis(11'000));
  EXPECT_TRUE(silent.is_closed());
  EXPECT_TRUE(half.is_closed());
}

TEST_F(TlsTest, EndsGarbageAtOnce) {
  start_tls();
  for (const std::string& garbage :
       {std::string("\0\0\0\0\0", 5), std::string("\x80\x2e\x01\x00\x02", 5),
        std::string("\x16\x03\x01\xff\xff", 5), std::string("\x16\x02\x01\x00\x05", 5)}) {
    TestClient client(port());
    client.send(garbage);
    EXPECT_TRUE(client.is_closed());
  }
  EXPECT_EQ(figures().handshakes_failed, 4U);
}

TEST_F(TlsTest, StopsWhileHandshakesGoOn) {
  start_tls();
  TestClient silent(port());
  until([&] { return server->figures().connections_open == 1; });
  stop();
  EXPECT_TRUE(silent.is_closed());
}

class GateTest : public ServerFixture {
 protected:
  struct Guest {
    bool is_open = true, is_in = false, is_refused = false;
    io::AsyncEvent is_closed;
    void close() {
      is_open = false;
      is_closed.set();
    }
  };
  Task<void> enter(Guest& guest) {
    if (!co_await gate.wait(clock.mono_now(), [&guest] { return guest.is_open; })) {
      guest.is_refused = true;
      co_return;
    }
    const HandshakeGate::Place place(gate, clock.mono_now(), [&guest] { guest.close(); });
    guest.is_in = true;
    co_await guest.is_closed.wait();
    guest.is_in = false;
  }
  void bring(Guest& guest) {
    on_loop([&] { tasks->spawn("guest", enter(guest)); });
  }
  HandshakeGate gate;
};

TEST_F(GateTest, LetsNewcomersInWhenTheOldOnesHadTheirTime) {
  start();
  std::vector<Guest> first(HandshakeGate::kPlaces);
  for (Guest& guest : first) bring(guest);
  until([&] { return gate.busy() == HandshakeGate::kPlaces; });
  Guest late, later, gone;
  bring(gone);
  bring(late);
  bring(later);
  until([&] { return gate.waiting() == 3; });
  EXPECT_TRUE(std::ranges::all_of(first, [](const Guest& guest) { return guest.is_in; }))
      << "each has its least time";
  on_loop([&] {
    gone.is_open = false;
    gate.sweep(clock.mono_now());
  });
  until([&] { return gone.is_refused; });
  advance(Millis(1'001));
  on_loop([&] { gate.sweep(clock.mono_now()); });
  until([&] { return late.is_in && later.is_in; });
  EXPECT_FALSE(first[0].is_in);
  EXPECT_FALSE(first[1].is_in);
  EXPECT_TRUE(first[2].is_in) << "as many as others waited for, no more";
  on_loop([&] {
    for (Guest& guest : first) guest.close();
    late.close();
    later.close();
  });
  until([&] { return tasks->size() == 0; });
}

}  // namespace
}  // namespace fettle::net::test
