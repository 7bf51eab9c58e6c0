#include "fettle/net/client.h"

#include "tests/unit/net/server_fixture.h"
#include "tests/unit/net/test_routes.h"

namespace fettle::net::test {
namespace {

using ::testing::HasSubstr;

struct Fed {
  ResponseParser::State state;
  ClientAnswer answer;
  std::string rest;
};

Fed feed(std::string_view text, std::size_t piece, bool has_ended = false, std::size_t limit = 1000) {
  ResponseParser parser(limit, true);
  std::string pending;
  while (!text.empty() && parser.state() == ResponseParser::State::reading) {
    pending += text.substr(0, piece);
    text.remove_prefix(std::min(piece, text.size()));
    std::string_view bytes = pending;
    parser.feed(bytes);
    pending.erase(0, pending.size() - bytes.size());
  }
  if (has_ended) parser.end_of_stream();
  return {parser.state(), parser.answer(), pending + std::string(text)};
}

TEST(ResponseParser, ReadsTheSameInPiecesOfAnySize) {
  const std::string text =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nA: b\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\nrest";
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    const Fed fed = feed(text, piece);
    ASSERT_EQ(fed.state, ResponseParser::State::done) << piece;
    EXPECT_EQ(fed.answer.status, 201);
    EXPECT_EQ(fed.answer.headers.get("a"), "b");
    EXPECT_EQ(fed.answer.body, "abcde");
    EXPECT_EQ(fed.rest, "rest");
  }
}

TEST(ResponseParser, EndsWithTheConnectionWhenItMust) {
  EXPECT_EQ(feed("HTTP/1.0 200 OK\r\n\r\nall of it", 5, true).answer.body, "all of it");
  EXPECT_EQ(feed("HTTP/1.0 200 OK\r\n\r\nall of it", 5, true).state, ResponseParser::State::done);
  EXPECT_EQ(feed("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", 5, true).state,
            ResponseParser::State::failed);
  EXPECT_EQ(feed("HTTP/1.1 200 OK\r\nA", 5, true).state, ResponseParser::State::failed);
  EXPECT_EQ(feed("", 5, true).state, ResponseParser::State::failed);
  EXPECT_EQ(feed("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n" + std::string(1001, 'a'), 600).state,
            ResponseParser::State::too_large);
  EXPECT_EQ(feed("SSH-2.0-OpenSSH\r\n\r\n", 100).state, ResponseParser::State::failed);
  std::string interim;
  for (int i = 0; i < 20; ++i) interim += "HTTP/1.1 102 Processing\r\n\r\n";
  EXPECT_EQ(feed(interim, 100).state, ResponseParser::State::failed);
}

class HttpClientTest : public ServerFixture {
 protected:
  HttpClientTest() { add_test_routes(router, calls); }
  ~HttpClientTest() override {
    if (scope) until([&] { return scope->size() == 0; });
    stop();
  }
  Task<void> send_now(ClientRequest request) { result.emplace(co_await client.send(std::move(request))); }
  Result<ClientAnswer> send(ClientRequest request) {
    if (!scope) scope.emplace(loop, log);
    result.reset();
    on_loop([&] { scope->spawn("send", send_now(std::move(request))); });
    until([&] { return result.has_value(); });
    return *result;
  }
  std::string url(const std::string& path) { return "http://127.0.0.1:" + std::to_string(port()) + path; }

  Calls calls;
  HttpClient client{loop, clock};
  std::optional<Result<ClientAnswer>> result;
  std::optional<io::TaskScope> scope;
};

TEST_F(HttpClientTest, SendsAndReadsJson) {
  start();
  ClientRequest request;
  request.method = Method::post;
  request.url = url("/api/v1/things");
  request.headers.add("X-Test-User", "viewer");
  request.headers.add("Content-Type", "application/json");
  request.body = R"({"name":"box"})";
  const auto answer = send(request);
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(answer->body, R"({"name":"box","size":1})");
}

TEST_F(HttpClientTest, TurnsProblemsIntoErrors) {
  start();
  ClientRequest request;
  request.url = url("/api/v1/things?limit=x");
  request.headers.add("X-Test-User", "viewer");
  auto answer = send(request);
  ASSERT_TRUE(answer);
  const Error error = error_of(*answer);
  EXPECT_EQ(error.code, ErrorCode::unprocessable);
  EXPECT_EQ(error.reason, "invalid_field");
  ASSERT_EQ(error.fields.size(), 1u);
  EXPECT_EQ(error.fields.front().pointer, "/query/limit");

  ClientAnswer odd;
  odd.status = 502;
  odd.body = "<html>";
  EXPECT_EQ(error_of(odd).reason, "http_502");
  EXPECT_THAT(error_of(odd).detail, HasSubstr("502 Bad Gateway"));
}

TEST_F(HttpClientTest, BoundsTheAnswer) {
  start();
  ClientRequest request;
  request.url = url("/echo");
  request.max_body_bytes = 5;
  EXPECT_EQ(send(request).error().reason, "answer_too_large");
}

TEST_F(HttpClientTest, NamesWhatWentWrong) {
  start();
  ClientRequest request;
  request.url = "http://127.0.0.1:1/";
  EXPECT_EQ(send(request).error().reason, "refused");
  request.url = "https://127.0.0.1:1/";
  EXPECT_EQ(send(request).error().reason, "refused");
  request.url = url("/echo").replace(0, 4, "https");
  EXPECT_EQ(send(request).error().reason, "not_tls");
  request.url = "ws://127.0.0.1:1/";
  EXPECT_EQ(send(request).error().reason, "bad_url");
  request.url = "x";
  EXPECT_EQ(send(request).error().reason, "bad_url");
}

}  // namespace
}  // namespace fettle::net::test
