#include "fettle/net/ws_channel.h"

#include <sys/socket.h>

#include "fettle/base/text.h"
#include "fettle/net/ws_dialer.h"
#include "tests/unit/net/server_fixture.h"

namespace fettle::net::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kUpgrade =
    "GET /link HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: "
    "13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: fettle.test\r\n\r\n";

std::string masked(WsOpcode opcode, std::string payload, bool is_final = true) {
  const WsMask mask{1, 2, 3, 4};
  const WsFrameHead head = make_frame_head(opcode, payload.size(), &mask);
  apply_mask(payload, mask, 0);
  std::string out = std::string(head.view()) + payload;
  if (!is_final) out[0] = static_cast<char>(out[0] & 0x7f);
  return out;
}

class WsTest : public ServerFixture {
 protected:
  WsTest() {
    RouteSpec spec;
    spec.path = "/link";
    spec.operation = "link";
    spec.summary = "A link.";
    spec.permission = Permission::public_access;
    spec.success_status = 101;
    router.add_raw<None>(spec, [this](RequestContext& context, None) { return open(context.request()); });
  }
  ~WsTest() override { stop(); }

  Task<Result<Response>> open(const Request& request) {
    if (request.headers.has("Origin"))
      co_return fail(ErrorCode::forbidden, "origin", "Agents send no Origin.");
    Response response;
    response.websocket_protocol = "fettle.test";
    response.websocket = [this](std::unique_ptr<MessageChannel> channel) {
      return serve(std::move(channel));
    };
    co_return response;
  }

  /// Echoes until the end; "close N" closes with code N, "large" allows messages of 1 MiB, "burst" answers a
  /// thousand messages or as many as go, "quiet" is not answered.
  Task<void> serve(std::unique_ptr<MessageChannel> channel) {
    serving = channel.get();
    std::string buffer;
    for (;;) {
      auto message = co_await channel->receive(std::move(buffer));
      if (!message) {
        server_error = message.error();
        break;
      }
      ++server_received;
      if (message->starts_with("close ")) {
        co_await channel->close(static_cast<CloseCode>(std::stoi(message->substr(6))), "as you wish");
        break;
      }
      if (*message == "large") channel->limit_messages(std::size_t{1024} * 1024);
      if (*message == "quiet") {
      } else if (*message == "burst") {
        server_sent = 0;
        while (channel->try_send("message " + std::to_string(server_sent))) ++server_sent;
      } else if (!channel->try_send(*message)) {
        break;
      }
      buffer = std::move(*message);
    }
    server_code = channel->close_code();
    server_reason = channel->close_reason();
    serving = nullptr;
    is_server_done = true;
  }

  std::string handshake(TestClient& client) {
    client.send(kUpgrade);
    const std::string head = client.read(150);
    EXPECT_THAT(head, HasSubstr("101 Switching Protocols"));
    EXPECT_THAT(head, HasSubstr("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
    EXPECT_THAT(head, HasSubstr("Sec-WebSocket-Protocol: fettle.test\r\n"));
    return head;
  }
  void until_done() {
    until([this] { return is_server_done; });
  }

  MessageChannel* serving = nullptr;
  std::size_t server_received = 0;
  int server_sent = 0;
  Error server_error;
  std::uint16_t server_code = 0;
  std::string server_reason;
  bool is_server_done = false;
};

TEST_F(WsTest, EchoesMessagesAndFragments) {
  start();
  TestClient client(port());
  handshake(client);
  client.send(masked(WsOpcode::binary, "hello"));
  EXPECT_EQ(client.read(7), "\x82\x05hello");
  client.send(masked(WsOpcode::binary, "a", false) + masked(WsOpcode::ping, "hi") +
              masked(WsOpcode::continuation, "", false) + masked(WsOpcode::continuation, "b"));
  EXPECT_EQ(client.read(8),
            "\x8a\x02hi\x82\x02"
            "ab");
  client.send(masked(WsOpcode::binary, ""));
  EXPECT_EQ(client.read(2), std::string("\x82\x00", 2));
  EXPECT_EQ(figures().websockets_open, 1u);
  client.send(masked(WsOpcode::close,
                     "\x03\xe8"
                     "bye"));
  EXPECT_EQ(client.read(7),
            "\x88\x05\x03\xe8"
            "bye");
  EXPECT_TRUE(client.is_closed());
  until_done();
  EXPECT_EQ(server_error.code, ErrorCode::closed);
  EXPECT_EQ(server_code, 1000);
  EXPECT_EQ(server_reason, "bye");
  until([&] { return server->figures().connections_open == 0; });
}

TEST_F(WsTest, TakesFramesThatCameWithTheHandshake) {
  start();
  TestClient client(port());
  client.send(std::string(kUpgrade) + masked(WsOpcode::binary, "early") + masked(WsOpcode::binary, "bird"));
  const std::string echoes =
      "\x82\x05"
      "early\x82\x04"
      "bird";
  std::string answer;
  for (std::string more; !answer.contains(echoes) && !(more = client.read(1)).empty();) answer += more;
  EXPECT_THAT(answer, HasSubstr(echoes));
  until([&] { return server_received == 2; });
}

TEST_F(WsTest, RefusesWhatIsNoUpgrade) {
  start();
  TestClient client(port());
  const Answer plain = client.ask("GET /link HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(plain.status, 426);
  EXPECT_EQ(plain.headers.at("upgrade"), "websocket");
  EXPECT_EQ(plain.headers.at("cache-control"), "no-store");
  std::string with_origin(kUpgrade);
  with_origin.insert(with_origin.find("Host"), "Origin: http://x\r\n");
  EXPECT_EQ(client.ask(with_origin).status, 403);
}

struct Violation {
  const char* name;
  std::string bytes;
  ErrorCode error;
  std::uint16_t code;
};
class WsViolationTest : public WsTest, public ::testing::WithParamInterface<Violation> {};

TEST_P(WsViolationTest, EndsWithItsCode) {
  start();
  TestClient client(port());
  handshake(client);
  client.send(GetParam().bytes);
  const std::string answer = client.read(4);
  ASSERT_GE(answer.size(), 4u);
  EXPECT_EQ(answer[0], '\x88');
  EXPECT_EQ(static_cast<unsigned char>(answer[2]) * 256 + static_cast<unsigned char>(answer[3]),
            GetParam().code);
  until_done();
  EXPECT_EQ(server_error.code, GetParam().error);
  EXPECT_EQ(server_code, GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(
    All, WsViolationTest,
    ::testing::Values(Violation{"text", masked(WsOpcode::text, "hi"), ErrorCode::closed, 1003},
                      Violation{"unmasked", "\x82\x02hi", ErrorCode::closed, 1002},
                      Violation{"too_large", std::string("\x82\xfe\x40\x01mask", 8), ErrorCode::too_large,
                                1009},
                      Violation{"too_large_in_pieces",
                                masked(WsOpcode::binary, std::string(16'000, 'a'), false) +
                                    masked(WsOpcode::continuation, std::string(385, 'a')),
                                ErrorCode::too_large, 1009}),
    [](const auto& param) { return std::string(param.param.name); });

TEST_F(WsTest, TakesAMessageOfTheLargestSize) {
  start();
  TestClient client(port());
  handshake(client);
  const std::string first(16 * 1024, 'a');
  client.send(masked(WsOpcode::binary, first));
  EXPECT_EQ(client.read(first.size() + 4).substr(4), first);
  client.send(masked(WsOpcode::binary, "large"));
  EXPECT_EQ(client.read(7).substr(2), "large");
  const std::string big(1024 * 1024 - 100, 'b');
  client.send(masked(WsOpcode::binary, big));
  EXPECT_EQ(client.read(big.size() + 10).substr(10), big);
  client.send(std::string("\x82\xff\0\0\0\0\0\x10\0\x01mask", 14));
  EXPECT_EQ(client.read(4).substr(0, 1), "\x88");
  until_done();
  EXPECT_EQ(server_error.code, ErrorCode::too_large);
}

TEST_F(WsTest, NoticesAnAbruptEnd) {
  start();
  std::optional<TestClient> client;
  client.emplace(port());
  handshake(*client);
  client->send(masked(WsOpcode::binary, "x").substr(0, 5));
  client.reset();
  until_done();
  EXPECT_EQ(server_error.reason, "connection_lost");
  EXPECT_EQ(server_code, 1006);
  until([&] { return server->figures().connections_open == 0; });
}

TEST_F(WsTest, BoundsTheQueueAndSendsItInOrder) {
  start();
  TestClient client(port());
  handshake(client);
  client.send(masked(WsOpcode::binary, "burst"));
  std::string received;
  for (int i = 0; i < 256; ++i) {
    const std::string text = "message " + std::to_string(i);
    while (received.size() < text.size() + 2) received += client.read(text.size() + 2 - received.size());
    ASSERT_EQ(received.substr(2, text.size()), text);
    received.erase(0, text.size() + 2);
  }
  EXPECT_EQ(server_sent, 256);
}

TEST_F(WsTest, GoesOnWhereASlowReaderLeftOff) {
  start();
  TestClient client(port());
  handshake(client);
  until([&] { return serving != nullptr; });
  const std::string half_mebibyte(512 * 1024, 'h');
  std::size_t accepted = 0;
  bool is_full = false;
  while (!is_full) {
    on_loop([&] {
      if (serving->try_send(half_mebibyte)) {
        ++accepted;
      } else {
        is_full = serving->queued_bytes() > half_mebibyte.size();
      }
    });
  }
  const std::size_t expected = accepted * (half_mebibyte.size() + 10);
  std::size_t received = 0;
  while (received < expected) received += client.read(1).size();
  EXPECT_EQ(received, expected);
  bool is_accepted = false;
  until([&] { return serving->queued_bytes() == 0; });
  on_loop([&] { is_accepted = serving->try_send("and on"); });
  EXPECT_TRUE(is_accepted);
  EXPECT_EQ(client.read(8),
            "\x82\x06"
            "and on");
}

TEST_F(WsTest, GivesTheLoopBackInTheMiddleOfAFlood) {
  start();
  TestClient client(port());
  handshake(client);
  until([&] { return serving != nullptr; });
  const std::string frame = masked(WsOpcode::binary, "quiet");
  std::string flood;  // as much as the kernel's buffers hold while the loop stands still
  while (flood.size() < 256 * 1024) flood += frame;
  std::promise<void> is_sent;
  loop.post([&] { is_sent.get_future().wait(); });
  client.send(flood);
  std::size_t before = 0;
  std::size_t most = 0;  // messages between two turns of somebody else
  std::promise<void> is_done;
  std::function<void()> look = [&] {
    most = std::max(most, server_received - before);
    before = server_received;
    if (server_received < flood.size() / frame.size()) {
      loop.post([&] { look(); });
    } else {
      is_done.set_value();
    }
  };
  loop.post([&] { look(); });
  is_sent.set_value();
  is_done.get_future().wait();
  EXPECT_GT(most, 1U);
  EXPECT_LE(most, 64U);
}

TEST_F(WsTest, PingsTheSilentAndDropsTheDead) {
  start();
  TestClient client(port());
  handshake(client);
  until([&] { return serving != nullptr; });
  advance(Millis(19'000));
  advance(Millis(1'500));
  EXPECT_EQ(client.read(2), std::string("\x89\x00", 2));
  client.send(masked(WsOpcode::pong, ""));
  client.send(masked(WsOpcode::binary, "alive"));
  EXPECT_EQ(client.read(7),
            "\x82\x05"
            "alive");
  advance(Millis(59'000));
  EXPECT_EQ(client.read(2), std::string("\x89\x00", 2));
  EXPECT_FALSE(is_server_done);
  advance(Millis(2'000));
  until_done();
  EXPECT_EQ(server_error.code, ErrorCode::timeout);
}

TEST_F(WsTest, ClosesWithinTwoSecondsAlthoughNobodyAnswers) {
  start();
  TestClient client(port());
  handshake(client);
  client.send(masked(WsOpcode::binary, "close 4403"));
  EXPECT_EQ(client.read(15),
            "\x88\x0d\x11\x33"
            "as you wish");
  on_loop([] {});
  EXPECT_FALSE(is_server_done);
  advance(Millis(600));
  advance(Millis(1'400));
  until_done();
  EXPECT_TRUE(client.is_closed());
}

TEST_F(WsTest, AbortsFromOutsideWithAReason) {
  start();
  TestClient client(port());
  handshake(client);
  until([&] { return serving != nullptr; });
  client.send(masked(WsOpcode::binary, "x").substr(0, 4));
  on_loop([&] { serving->abort(CloseCode::revoked, "gone"); });
  EXPECT_EQ(client.read(8), "\x88\x06\x11\x33gone");
  until_done();
  EXPECT_EQ(server_error.code, ErrorCode::closed);
  EXPECT_EQ(server_code, 4403);
}

TEST_F(WsTest, ClosesLinksWhenTheServerStops) {
  start();
  TestClient client(port());
  handshake(client);
  until([&] { return serving != nullptr; });
  stop();
  EXPECT_EQ(client.read(19).substr(0, 4), "\x88\x12\x03\xf4");
}

class DialTest : public WsTest {
 protected:
  void start_all() {
    start();
    dialer.emplace(loop, clock, random, log);
    scope.emplace(loop, log);
  }
  ~DialTest() override {
    if (scope) {
      on_loop([&] { scope->spawn("stop_dialer", stop_dialer()); });
      until([&] { return is_dialer_stopped && scope->size() == 0; });
    }
    stop();
  }
  Task<void> stop_dialer() {
    channel.reset();
    co_await dialer->stop();
    is_dialer_stopped = true;
  }
  Task<void> dial(std::string url, std::string protocol) {
    auto dialled = co_await dialer->dial({std::move(url), std::move(protocol), {}});
    if (dialled) {
      channel = std::move(*dialled);
    } else {
      error = dialled.error();
    }
    is_dialled = true;
  }
  void dial_and_wait(const std::string& url, const std::string& protocol = "fettle.test") {
    is_dialled = false;
    error = {};
    on_loop([&] { scope->spawn("dial", dial(url, protocol)); });
    until([&] { return is_dialled; });
  }
  std::string url(const std::string& path = "/link") {
    return "ws://127.0.0.1:" + std::to_string(port()) + path;
  }

  Task<void> talk(std::vector<std::string> words) {
    for (std::string& word : words) {
      if (!channel->try_send(std::move(word))) heard.push_back("not sent");
    }
    std::string buffer;
    for (std::size_t i = 0; i < words.size(); ++i) {
      auto answer = co_await channel->receive(std::move(buffer));
      if (!answer) {
        error = answer.error();
        break;
      }
      heard.push_back(*answer);
      buffer = std::move(*answer);
    }
    is_talked = true;
  }
  void talk_and_wait(std::vector<std::string> words) {
    is_talked = false;
    on_loop([&] { scope->spawn("talk", talk(std::move(words))); });
    until([&] { return is_talked; });
  }

  std::optional<WsDialer> dialer;
  std::optional<io::TaskScope> scope;
  std::unique_ptr<MessageChannel> channel;
  Error error;
  std::vector<std::string> heard;
  bool is_dialled = false;
  bool is_talked = false;
  bool is_dialer_stopped = false;
};

TEST_F(DialTest, TalksToTheServer) {
  start_all();
  dial_and_wait(url());
  ASSERT_NE(channel, nullptr) << error.detail;
  const std::string long_message(300'000, 'm');
  talk_and_wait({"one", "", "large", long_message, "four"});
  EXPECT_THAT(heard, ElementsAre("one", "", "large", long_message, "four"));
  EXPECT_EQ(channel->peer_address(), "127.0.0.1:" + std::to_string(port()));
  talk_and_wait({"close 4409"});
  EXPECT_EQ(error.code, ErrorCode::closed);
  EXPECT_EQ(channel->close_code(), 4409);
  EXPECT_EQ(channel->close_reason(), "as you wish");
  until_done();
}

TEST_F(DialTest, NamesWhatWentWrong) {
  start_all();
  dial_and_wait(url("/nowhere"));
  EXPECT_EQ(error.reason, "handshake_refused");
  EXPECT_THAT(error.detail, HasSubstr("404"));
  dial_and_wait(url(), "another.protocol");
  EXPECT_EQ(error.reason, "handshake_refused");
  dial_and_wait("ws://127.0.0.1:1/link");
  EXPECT_EQ(error.reason, "refused");
  dial_and_wait("wss://127.0.0.1:1/link");
  EXPECT_EQ(error.reason, "refused");
  dial_and_wait("wss" + url().substr(2));
  EXPECT_EQ(error.reason, "not_tls");
  dial_and_wait("https" + url().substr(2));
  EXPECT_EQ(error.reason, "bad_url");
  dial_and_wait("nonsense");
  EXPECT_EQ(error.reason, "bad_url");
}

TEST_F(DialTest, GivesUpOnAServerThatDoesNotAnswer) {
  start_all();
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ::sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ::socklen_t size = sizeof address;
  ASSERT_EQ(::bind(listener, reinterpret_cast<::sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(listener, 1), 0);
  ::getsockname(listener, reinterpret_cast<::sockaddr*>(&address), &size);
  const std::string silent = "ws://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/";
  on_loop([&] { scope->spawn("dial", dial(silent, "fettle.test")); });
  for (int i = 0; i < 20; ++i) advance(Millis(1'000));
  until([&] { return is_dialled; });
  EXPECT_EQ(error.code, ErrorCode::timeout);

  std::optional<io::TaskScope> cancelled;
  on_loop([&] {
    cancelled.emplace(loop, log);
    cancelled->spawn("dial", dial(silent, "fettle.test"));
  });
  for (int i = 0; i < 10; ++i) on_loop([] {});
  on_loop([&] { cancelled->cancel(); });
  until([&] { return cancelled->size() == 0; });
  EXPECT_EQ(sink->count("task failed"), 0u) << "cancellation is no fault";
  ::close(listener);
}

TEST_F(DialTest, EndsItsLinkWhenTheChannelGoes) {
  start_all();
  dial_and_wait(url());
  ASSERT_NE(channel, nullptr);
  on_loop([&] { channel.reset(); });
  until_done();
  EXPECT_EQ(server_code, 1001);
}

}  // namespace
}  // namespace fettle::net::test
