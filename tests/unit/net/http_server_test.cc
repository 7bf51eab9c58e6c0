#include "fettle/net/http_server.h"

#include <dirent.h>

#include "fettle/net/http_server.h"
#include "tests/unit/net/server_fixture.h"
#include "tests/unit/net/test_routes.h"

namespace fettle::net::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// What others get of the loop while one client is served.
struct Turns {
  std::size_t count = 0;
  std::uint64_t most_answers_between = 0;
};

class HttpServerTest : public ServerFixture {
 protected:
  HttpServerTest() { add_test_routes(router, calls); }

  /// Sends while the loop stands still (no more than the kernel's buffers hold), then counts turns until so
  /// many requests are answered.
  Turns turns_until_answered(TestClient& client, std::string_view bytes, std::uint64_t answers) {
    until([&] { return server->figures().connections_open == 1; });
    Turns turns;
    std::uint64_t before = 0;
    std::promise<void> is_sent;
    std::promise<void> is_done;
    std::function<void()> look = [&] {
      const std::uint64_t now = server->figures().answers_by_class[2];
      turns.most_answers_between = std::max(turns.most_answers_between, now - std::exchange(before, now));
      if (now == answers) return is_done.set_value();
      ++turns.count;
      loop.post([&] { look(); });
    };
    loop.post([&] {
      is_sent.get_future().wait();
      look();
    });
    client.send(bytes);
    is_sent.set_value();
    is_done.get_future().wait();
    return turns;
  }

  static std::string get(const std::string& target, const std::string& fields = "") {
    return "GET " + target + " HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n";
  }
  Calls calls;
};

TEST_F(HttpServerTest, AnswersAndKeepsTheConnection) {
  start();
  TestClient client(port());
  for (int i = 0; i < 3; ++i) {
    const Answer answer = client.ask(get("/echo"));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "GET /echo ");
    EXPECT_EQ(answer.headers.at("date"), "Sun, 22 Nov 2026 09:10:04 GMT");
    EXPECT_EQ(answer.headers.at("cache-control"), "no-store");
    EXPECT_EQ(
        answer.headers.at("content-security-policy"),
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'");
    EXPECT_EQ(answer.headers.at("x-content-type-options"), "nosniff");
    EXPECT_EQ(answer.headers.at("referrer-policy"), "no-referrer");
    EXPECT_EQ(answer.headers.at("cross-origin-opener-policy"), "same-origin");
    EXPECT_EQ(answer.headers.at("cross-origin-resource-policy"), "same-origin");
    EXPECT_FALSE(answer.headers.contains("connection"));
  }
  const HttpFigures now = figures();
  EXPECT_EQ(now.connections_accepted, 1u);
  EXPECT_EQ(now.answers_by_class[2], 3u);
  EXPECT_EQ(now.requests_in_flight, 0u);
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsInOrder) {
  start();
  TestClient client(port());
  std::string text;
  for (int i = 0; i < 200; ++i) {
    text += i % 2 == 0 ? get("/echo?", "X-Request-Id: id-" + std::to_string(i) + "\r\n")
                       : "POST /echo HTTP/1.1\r\nHost: x\r\nX-Request-Id: id-" + std::to_string(i) +
                             "\r\nContent-Length: 4\r\n\r\nbody";
  }
  client.send(text);
  for (int i = 0; i < 200; ++i) {
    const Answer answer = client.read_answer();
    ASSERT_EQ(answer.body, i % 2 == 0 ? "GET /echo " : "POST /echo body");
    ASSERT_EQ(answer.headers.at("x-request-id"), "id-" + std::to_string(i));
  }
}

TEST_F(HttpServerTest, GivesTheLoopBackBetweenPipelinedRequests) {
  start();
  TestClient client(port());
  constexpr std::size_t kRequests = 500;
  std::string text;
  for (std::size_t i = 0; i < kRequests; ++i) text += get("/echo");
  const Turns turns = turns_until_answered(client, text, kRequests);
  EXPECT_EQ(turns.most_answers_between, 1u);
}

TEST_F(HttpServerTest, GivesTheLoopBackWhileABodyArrives) {
  start();
  TestClient client(port());
  std::string text = "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  while (text.size() < 256 * 1024) text += "1\r\nx\r\n";
  const Turns turns = turns_until_answered(client, text + "0\r\n\r\n", 1);
  EXPECT_GE(turns.count, 4u) << "256 KiB in turns of 64 KiB";
}

TEST_F(HttpServerTest, RefusesAnEndlessBodyOfExtensions) {
  start();
  TestClient client(port());
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = "1;a=" + std::string(8'000, 'b') + "\r\nx\r\n";
  for (int i = 0; i < 100 && client.try_send(chunk); ++i) {
  }
  EXPECT_EQ(client.read_answer().status, 400);
}

TEST_F(HttpServerTest, TakesRequestsByteByByte) {
  start();
  TestClient client(port());
  for (const char c : std::string("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                                  "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n")) {
    client.send(std::string_view(&c, 1));
  }
  EXPECT_EQ(client.read_answer().body, "POST /echo abc");
}

TEST_F(HttpServerTest, AnswersHeadWithoutABodyAndOptions) {
  start();
  TestClient client(port());
  client.send("HEAD /echo HTTP/1.1\r\nHost: x\r\n\r\n");
  const Answer head = client.read_answer(true);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.at("content-length"), "11");
  client.send("OPTIONS /echo HTTP/1.1\r\nHost: x\r\n\r\n");
  const Answer options = client.read_answer();
  EXPECT_EQ(options.status, 204);
  EXPECT_EQ(options.headers.at("allow"), "GET, HEAD, POST, OPTIONS");
  EXPECT_FALSE(options.headers.contains("content-length"));
  EXPECT_EQ(client.ask("TRACE /echo HTTP/1.1\r\nHost: x\r\n\r\n").status, 405);
  EXPECT_EQ(client.ask("BREW /echo HTTP/1.1\r\nHost: x\r\n\r\n").status, 501);
  EXPECT_EQ(client.ask(get("/echo")).status, 200) << "after HEAD the connection goes on in step";
}

TEST_F(HttpServerTest, ClosesWhenAskedTo) {
  start();
  TestClient client(port());
  const Answer answer = client.ask(get("/echo", "Connection: close\r\n"));
  EXPECT_EQ(answer.headers.at("connection"), "close");
  EXPECT_TRUE(client.is_closed());
  TestClient old(port());
  EXPECT_EQ(old.ask("GET /echo HTTP/1.0\r\n\r\n").status, 200);
  EXPECT_TRUE(old.is_closed());
  TestClient half(port());
  half.send("GET /ec");
  ::shutdown(half.fd(), SHUT_WR);
  EXPECT_TRUE(half.is_closed());
}

TEST_F(HttpServerTest, RefusesWhatItCannotReadAndCloses) {
  start();
  for (const char* text : {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: "
                           "chunked\r\n\r\n0\r\n\r\nGET /",
                           "GET http://x/echo HTTP/1.1\r\nHost: x\r\n\r\n",
                           "GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n", "nonsense\r\n\r\n"}) {
    TestClient client(port());
    const Answer answer = client.ask(text);
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.headers.at("content-type"), "application/problem+json");
    EXPECT_EQ(answer.headers.at("connection"), "close");
    EXPECT_EQ(answer.headers.at("cache-control"), "no-store");
    ::shutdown(client.fd(), SHUT_WR);
    EXPECT_TRUE(client.is_closed());
  }
  EXPECT_EQ(figures().requests_unreadable, 4u);
  EXPECT_TRUE(calls.empty());
}

TEST_F(HttpServerTest, RefusesTwentyMegabytesWithoutReadingThem) {
  start();
  for (const bool is_chunked : {false, true}) {
    TestClient client(port());
    client.send(std::string("POST /echo HTTP/1.1\r\nHost: x\r\n") +
                (is_chunked ? "Transfer-Encoding: chunked\r\n\r\n" : "Content-Length: 20971520\r\n\r\n"));
    std::thread sender([&] {
      std::string piece(1024 * 1024, 'x');
      if (is_chunked) piece = "100000\r\n" + piece + "\r\n";
      for (int i = 0; i < 20 && client.try_send(piece); ++i) {
      }
    });
    const Answer answer = client.read_answer();
    EXPECT_EQ(answer.status, 413);
    EXPECT_THAT(answer.body, HasSubstr("body_too_large"));
    sender.join();
    ::shutdown(client.fd(), SHUT_WR);
    EXPECT_TRUE(client.is_closed());
  }
  EXPECT_TRUE(calls.empty());
}

TEST_F(HttpServerTest, RefusesALargeBodyInTheRightOrder) {
  start();
  TestClient client(port());
  EXPECT_EQ(client.ask("POST /api/v1/things HTTP/1.1\r\nHost: x\r\nContent-Length: 20971520\r\n\r\n").status,
            401);
  TestClient unknown(port());
  EXPECT_EQ(unknown.ask("POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 20971520\r\n\r\n").status, 404);
}

TEST_F(HttpServerTest, TakesABodyOfExactlyTheLimit) {
  start();
  TestClient client(port());
  const std::string body(1024 * 1024, 'b');
  const Answer answer =
      client.ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1048576\r\n\r\n" + body);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "POST /echo " + body);
}

TEST_F(HttpServerTest, SaysContinueOnlyWhenItWillRead) {
  start();
  TestClient client(port());
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  EXPECT_EQ(client.read(25), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(client.ask("abc").body, "POST /echo abc");
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9999999\r\n\r\n");
  EXPECT_EQ(client.read_answer().status, 413);
}

TEST_F(HttpServerTest, CutsOffSlowClients) {
  start();
  TestClient silent(port());
  TestClient slow_head(port());
  slow_head.send("GET /echo HT");
  TestClient slow_body(port());
  slow_body.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\na");
  TestClient idle(port());
  EXPECT_EQ(idle.ask(get("/echo")).status, 200);
  until([&] { return server->figures().connections_open == 4; });
  // The bytes may still be on their way through the kernel: a request on the youngest connection comes behind
  // them.
  EXPECT_EQ(idle.ask(get("/echo")).status, 200);

  advance(Millis(9'000));
  slow_head.send("TP/1.1\r\nA: b\r\n");
  EXPECT_EQ(idle.ask(get("/echo")).status, 200);
  advance(Millis(1'500));
  EXPECT_TRUE(silent.is_closed());
  const Answer late = slow_head.read_answer();
  EXPECT_EQ(late.status, 408) << "a byte now and then does not help";
  EXPECT_EQ(late.headers.at("cache-control"), "no-store");
  EXPECT_TRUE(slow_head.is_closed());
  until([&] { return server->figures().connections_open == 2; });
  advance(Millis(20'000));
  EXPECT_EQ(slow_body.read_answer().status, 408);
  EXPECT_TRUE(slow_body.is_closed());
  advance(Millis(29'000));
  EXPECT_EQ(idle.ask(get("/echo")).status, 200);
  advance(Millis(61'000));
  EXPECT_TRUE(idle.is_closed());
  until([&] { return server->figures().connections_open == 0; });
}

TEST_F(HttpServerTest, CutsOffWhoDoesNotReadItsAnswer) {
  auto big = std::make_shared<std::string>(8 * 1024 * 1024, 'x');
  RouteSpec spec;
  spec.path = "/big";
  spec.operation = "big";
  spec.summary = "Big.";
  spec.permission = Permission::public_access;
  router.add_raw<None>(spec, [big](RequestContext&, None) {
    return [](std::shared_ptr<std::string> body) -> Task<Result<Response>> {
      Response response;
      response.shared_body = std::move(body);
      co_return response;
    }(big);
  });
  start();
  TestClient client(port());
  client.send(get("/big"));
  until([&] { return server->figures().answers_by_class[2] == 1; });
  EXPECT_EQ(figures().connections_open, 1u);
  advance(Millis(30'000 + 8 * 1024 * 1024 / 16 + 1'000));
  until([&] { return server->figures().connections_open == 0; });
  EXPECT_EQ(figures().connections_timed_out, 1u);
  TestClient reader(port());
  EXPECT_EQ(reader.ask(get("/big")).body.size(), big->size());
}

TEST_F(HttpServerTest, BoundsConnectionsByAddressAndInTotal) {
  HttpOptions options;
  options.limits.connections_per_local_address = 2;
  start(options);
  TestClient first(port());
  TestClient second(port());
  EXPECT_EQ(second.ask(get("/echo")).status, 200);
  TestClient third(port());
  EXPECT_TRUE(third.is_closed());
  EXPECT_EQ(figures().connections_refused_by_address, 1u);
  EXPECT_EQ(first.ask(get("/echo", "Connection: close\r\n")).status, 200);
  EXPECT_TRUE(first.is_closed());
  until([&] { return server->figures().connections_open == 1; });
  TestClient fourth(port());
  EXPECT_EQ(fourth.ask(get("/echo")).status, 200);
}

TEST_F(HttpServerTest, RefusesConnectionsAboveTheTotal) {
  HttpOptions options;
  options.limits.connections = 1;
  start(options);
  TestClient first(port());
  EXPECT_EQ(first.ask(get("/echo")).status, 200);
  TestClient second(port());
  EXPECT_TRUE(second.is_closed());
  EXPECT_EQ(figures().connections_refused_by_total, 1u);
}

TEST_F(HttpServerTest, RefusesRequestsWhenTooManyAreInFlight) {
  HttpOptions options;
  options.limits.requests_in_flight = 0;
  start(options);
  TestClient client(port());
  const Answer answer = client.ask(get("/echo"));
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.headers.at("retry-after"), "1");
  EXPECT_EQ(figures().requests_refused_by_load, 1u);
}

TEST_F(HttpServerTest, BelievesTrustedProxiesOnly) {
  RouteSpec spec;
  spec.path = "/peer";
  spec.operation = "peer";
  spec.summary = "Peer.";
  spec.permission = Permission::public_access;
  router.add_raw<None>(spec, [](RequestContext& context, None) {
    return [](Peer peer) -> Task<Result<Response>> {
      Response response;
      response.body = peer.address + (peer.is_tls ? " tls" : "") + (peer.is_loopback ? " loopback" : "");
      co_return response;
    }(context.request().peer);
  });
  HttpOptions options;
  options.trusted_proxies = {"127.0.0.0/8", "10.0.0.1", "fd00::/8"};
  start(options);
  TestClient client(port());
  const auto peer = [&](const std::string& forwarded, const std::string& more = "") {
    return client
        .ask(get("/peer", forwarded.empty() ? more : "X-Forwarded-For: " + forwarded + "\r\n" + more))
        .body;
  };
  EXPECT_EQ(peer(""), "127.0.0.1 loopback");
  EXPECT_EQ(peer("192.0.2.7", "X-Forwarded-Proto: https\r\n"), "192.0.2.7 tls");
  EXPECT_EQ(peer("6.6.6.6, 192.0.2.7, 10.0.0.1"), "192.0.2.7") << "what stands further left anyone can write";
  EXPECT_EQ(peer("6.6.6.6, 2001:db8::1, fd00::1"), "2001:db8::1");
  EXPECT_EQ(peer("6.6.6.6, nonsense"), "127.0.0.1 loopback");
  // Several lines are one list (RFC 9110 section 5.3): a proxy may add a line of its own behind the client's.
  EXPECT_EQ(peer("6.6.6.6\r\nX-Forwarded-For: 192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(peer("6.6.6.6, 192.0.2.7\r\nX-Forwarded-For: 10.0.0.1,"), "192.0.2.7");
  EXPECT_EQ(peer("6.6.6.6\r\nX-Forwarded-For: "), "6.6.6.6");
  EXPECT_EQ(peer("192.0.2.7", "X-Forwarded-Proto: https\r\nX-Forwarded-Proto: http\r\n"), "192.0.2.7");
  EXPECT_EQ(peer("192.0.2.7", "X-Forwarded-Proto: http, https\r\n"), "192.0.2.7 tls");
}

TEST_F(HttpServerTest, AnswersForItsOwnNamesOnly) {
  HttpOptions options;
  options.host_names = {{"fleet.example"}};
  start(options);
  TestClient client(port());
  const auto status = [&](const std::string& host) {
    return client.ask("POST /echo HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: 2\r\n\r\nhi").status;
  };
  EXPECT_EQ(status("127.0.0.1:8420"), 200);
  EXPECT_EQ(status("fleet.example"), 200);
  EXPECT_EQ(status("evil.example:8420"), 421);
  EXPECT_EQ(status("localhost"), 200) << "the connection goes on";
  EXPECT_EQ(client.ask("GET /echo HTTP/1.0\r\n\r\n").status, 200);
}

TEST_F(HttpServerTest, IgnoresForwardedFieldsOtherwise) {
  start();
  TestClient client(port());
  on_loop([&] { sink->set_level(io::LogLevel::debug); });
  EXPECT_EQ(client.ask(get("/echo?secret=1", "X-Forwarded-For: 192.0.2.7\r\n")).status, 422);
  const auto entries = sink->entries();
  const auto found = std::ranges::find(entries, "request", &io::MemorySink::Entry::message);
  ASSERT_NE(found, entries.end());
  for (const auto& [key, value] : found->fields) {
    EXPECT_THAT(value, Not(HasSubstr("secret")));
    if (key == "peer") EXPECT_EQ(value, "127.0.0.1");
  }
}

TEST_F(HttpServerTest, ChoosesRequestIdsAndTakesGoodOnes) {
  start();
  TestClient client(port());
  const std::string first = client.ask(get("/echo")).headers.at("x-request-id");
  EXPECT_NE(client.ask(get("/echo")).headers.at("x-request-id"), first);
  EXPECT_EQ(client.ask(get("/echo", "X-Request-Id: a.b-c_1\r\n")).headers.at("x-request-id"), "a.b-c_1");
  EXPECT_NE(client.ask(get("/echo", "X-Request-Id: a b\r\n")).headers.at("x-request-id"), "a b");
  EXPECT_NE(
      client.ask(get("/echo", "X-Request-Id: " + std::string(129, 'a') + "\r\n")).headers.at("x-request-id"),
      std::string(129, 'a'));
}

TEST_F(HttpServerTest, SaysWhyItCannotListen) {
  start();
  HttpOptions options;
  const auto error_of = [&] {
    HttpServer other(loop, clock, random, log, router, options);
    return other.start().error().reason;
  };
  options.port = port();
  EXPECT_EQ(error_of(), "address_in_use");
  options.port = 0;
  options.address = "example.org";
  EXPECT_EQ(error_of(), "bad_address");
  options.address = "192.0.2.1";
  EXPECT_EQ(error_of(), "address_refused");
  options.address = "127.0.0.1";
  options.trusted_proxies = {"10.0.0.0/99"};
  EXPECT_EQ(error_of(), "bad_network");
}

TEST_F(HttpServerTest, StopsIdleConnectionsAtOnceAndAcceptsNoMore) {
  start();
  TestClient idle(port());
  EXPECT_EQ(idle.ask(get("/echo")).status, 200);
  TestClient half(port());
  half.send("GET /ec");
  stop();
  EXPECT_TRUE(idle.is_closed());
  EXPECT_TRUE(half.is_closed());
  EXPECT_THROW(TestClient{port()}, std::runtime_error);
}

std::size_t open_descriptors() {
  std::size_t count = 0;
  ::DIR* folder = ::opendir("/proc/self/fd");
  while (::readdir(folder)) ++count;
  ::closedir(folder);
  return count;
}

TEST_F(HttpServerTest, LeavesNothingBehindAThousandConnections) {
  HttpOptions options;
  start(options);
  const std::size_t before = open_descriptors();
  {
    std::list<TestClient> clients;
    for (int i = 0; i < 1000; ++i) {
      TestClient& client = clients.emplace_back(port());
      if (i % 3 == 0) client.send(get("/echo"));
      if (i % 3 == 1) client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\nabc");
    }
    until([&] { return server->figures().connections_open == 1000; });
  }
  until([&] { return server->figures().connections_open == 0; });
  EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace fettle::net::test
