#include "fettle/net/request_parser.h"

#include <gmock/gmock.h>

namespace fettle::net {
namespace {

using State = RequestParser::State;

struct Parsed {
  State state = State::head;
  int status = 0;
  std::shared_ptr<Request> request;
  std::string rest;
  bool keeps_alive = false;
};

/// Offers the text in pieces of this size, as a connection does.
Parsed parse(std::string_view text, std::size_t piece = 1 << 20, std::size_t body_limit = 1000) {
  RequestParser parser({16 * 1024, 100, 8 * 1024});
  std::string pending;
  std::size_t at = 0;
  const auto is_over = [&] { return parser.state() == State::done || parser.state() == State::failed; };
  while (!is_over() && at < text.size()) {
    pending += text.substr(at, piece);
    at += std::min(piece, text.size() - at);
    for (;;) {
      const State before = parser.state();
      const std::size_t used = parser.feed(pending);
      pending.erase(0, used);
      if (before == State::head && parser.state() == State::body) {
        parser.limit_body(body_limit);
      } else if (used == 0 || is_over()) {
        break;
      }
      if (is_over()) break;
    }
  }
  Parsed out;
  out.state = parser.state();
  out.request = parser.request();
  if (out.state == State::failed) out.status = parser.failure().status;
  if (out.state == State::done) out.keeps_alive = parser.is_keep_alive();
  out.rest = pending + std::string(text.substr(at));
  return out;
}

TEST(RequestParser, ReadsTheSameInPiecesOfAnySize) {
  const std::string text =
      "POST /a/b?c=d HTTP/1.1\r\nHost: example:80\r\nX-One: 1\r\nX-One: 2\r\nTransfer-Encoding: "
      "chunked\r\n\r\n"
      "5;ext=1\r\nhello\r\nd\r\n, all \r\nthere\r\n0\r\nHost: evil\r\nX-Trailer: 1\r\n\r\n"
      "GET /next HTTP/1.1\r\n";
  for (std::size_t piece = 1; piece < text.size(); ++piece) {
    const Parsed parsed = parse(text, piece);
    ASSERT_EQ(parsed.state, State::done) << piece;
    EXPECT_EQ(parsed.request->method, Method::post);
    EXPECT_EQ(parsed.request->path, "/a/b");
    EXPECT_EQ(parsed.request->body, "hello, all \r\nthere");
    EXPECT_EQ(parsed.request->headers.get("host"), "example:80");
    EXPECT_FALSE(parsed.request->headers.has("X-Trailer")) << "trailers must not pass for fields of the head";
    EXPECT_EQ(parsed.request->headers.all().size(), 4u);
    EXPECT_TRUE(parsed.keeps_alive);
    EXPECT_EQ(parsed.rest, "GET /next HTTP/1.1\r\n");
  }
}

TEST(RequestParser, ReadsABodyWithoutChunksInPiecesOfAnySize) {
  const std::string text =
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /next";
  for (std::size_t piece = 1; piece < text.size(); ++piece) {
    const Parsed parsed = parse(text, piece);
    ASSERT_EQ(parsed.state, State::done) << piece;
    EXPECT_EQ(parsed.request->body, "");
    EXPECT_EQ(parsed.rest, "GET /next");
  }
}

TEST(RequestParser, TellsTheEndOfOneRequestFromTheNext) {
  const Parsed parsed = parse("GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\n");
  EXPECT_EQ(parsed.state, State::done);
  EXPECT_EQ(parsed.rest, "GET /2 HTTP/1.1\r\n");
  EXPECT_EQ(parse("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcdef").rest, "def");
  EXPECT_EQ(parse("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\ndef").rest, "def");
}

TEST(RequestParser, KnowsWhenAConnectionGoesOn) {
  EXPECT_TRUE(parse("GET / HTTP/1.1\r\nHost: x\r\n\r\n").keeps_alive);
  EXPECT_FALSE(parse("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").keeps_alive);
  EXPECT_FALSE(parse("GET / HTTP/1.0\r\n\r\n").keeps_alive);
  EXPECT_TRUE(parse("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").keeps_alive);
}

struct Bad {
  const char* name;
  std::string text;
  int status;
};

class BadRequestTest : public ::testing::TestWithParam<Bad> {};

TEST_P(BadRequestTest, IsRefusedInPiecesOfAnySize) {
  const Bad& bad = GetParam();
  for (const std::size_t piece : {std::size_t{1} << 20, std::size_t{7}, std::size_t{1}}) {
    const Parsed parsed = parse(bad.text, piece);
    EXPECT_EQ(parsed.state, State::failed) << piece;
    EXPECT_EQ(parsed.status, bad.status) << piece;
  }
}

std::string post(const std::string& fields, const std::string& body = "0\r\n\r\n") {
  return "POST / HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n" + body;
}

std::string fields(std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += "a: b\r\n";
  return out;
}

INSTANTIATE_TEST_SUITE_P(
    Smuggling, BadRequestTest,
    ::testing::Values(
        Bad{"both_lengths", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400},
        Bad{"both_lengths_turned", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400},
        Bad{"two_lengths", post("Content-Length: 5\r\nContent-Length: 6\r\n"), 400},
        Bad{"same_length_twice", post("Content-Length: 5\r\nContent-Length: 5\r\n"), 400},
        Bad{"length_list", post("Content-Length: 5, 5\r\n"), 400},
        Bad{"length_sign", post("Content-Length: +5\r\n"), 400},
        Bad{"length_negative", post("Content-Length: -5\r\n"), 400},
        Bad{"length_hex", post("Content-Length: 0x5\r\n"), 400},
        Bad{"length_huge", post("Content-Length: 99999999999999999999\r\n"), 400},
        Bad{"length_empty", post("Content-Length: \r\n"), 400},
        Bad{"encoding_twice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
        Bad{"encoding_list", post("Transfer-Encoding: gzip, chunked\r\n"), 400},
        Bad{"encoding_turned", post("Transfer-Encoding: chunked, gzip\r\n"), 400},
        Bad{"encoding_other", post("Transfer-Encoding: xchunked\r\n"), 400},
        Bad{"encoding_identity", post("Transfer-Encoding: identity\r\n"), 400},
        Bad{"encoding_empty", post("Transfer-Encoding:\r\n"), 400},
        Bad{"encoding_tab",
            post("Transfer-Encoding:\x0b"
                 "chunked\r\n"),
            400},
        Bad{"encoding_folded", post("Transfer-Encoding:\r\n chunked\r\n"), 400},
        Bad{"encoding_folded_away", post("A: b\r\n Transfer-Encoding: chunked\r\n"), 400},
        Bad{"length_folded", post("Content-Length:\r\n\t5\r\n"), 400},
        Bad{"encoding_1_0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        Bad{"space_before_colon", post("Transfer-Encoding : chunked\r\n"), 400},
        Bad{"space_in_name", post("Transfer Encoding: chunked\r\n"), 400},
        Bad{"bare_lf", "GET / HTTP/1.1\nHost: x\n\n\r\n\r\n", 505},
        Bad{"nul_in_value", std::string("GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n", 36), 400},
        Bad{"chunk_size_bad", post("Transfer-Encoding: chunked\r\n", "g\r\n\r\n"), 400},
        Bad{"chunk_size_negative", post("Transfer-Encoding: chunked\r\n", "-1\r\n\r\n"), 400},
        Bad{"chunk_size_huge", post("Transfer-Encoding: chunked\r\n", "ffffffffffffffffff\r\na\r\n"), 400},
        Bad{"chunk_no_crlf", post("Transfer-Encoding: chunked\r\n", "1\r\nabc\r\n0\r\n\r\n"), 400}),
    [](const auto& param) { return std::string(param.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Form, BadRequestTest,
    ::testing::Values(
        Bad{"no_host", "GET / HTTP/1.1\r\n\r\n", 400}, Bad{"two_hosts", post("Host: y\r\n"), 400},
        Bad{"empty_host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
        Bad{"odd_host", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
        Bad{"absolute_form", "GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        Bad{"authority_form", "CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        Bad{"star", "GET * HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        Bad{"dot_segment", "GET /../etc HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        Bad{"nul", "GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        Bad{"space_in_target", "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", 505},
        Bad{"version_2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505}, Bad{"version_0_9", "GET /\r\n\r\n", 400},
        Bad{"tls_hello", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 15), 400},
        Bad{"expectation", post("Expect: a-miracle\r\n"), 417},
        Bad{"long_target", "GET /" + std::string(8192, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n", 414},
        Bad{"endless_target", "GET /" + std::string(40'000, 'a'), 414},
        Bad{"long_header", post("A: " + std::string(17'000, 'a') + "\r\n"), 431},
        Bad{"endless_header", "GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(40'000, 'a'), 431},
        Bad{"many_small_fields", "GET / HTTP/1.1\r\nHost: x\r\n" + fields(3'000), 431},
        Bad{"many_fields", post(fields(101)), 431}),
    [](const auto& param) { return std::string(param.param.name); });

TEST(RequestParser, TakesAHundredFieldsAndTheLongestTarget) {
  EXPECT_EQ(parse("GET / HTTP/1.1\r\nHost: x\r\n" + fields(99) + "\r\n").state, State::done);
  EXPECT_EQ(parse("GET /" + std::string(8191, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n").state, State::done);
}

TEST(RequestParser, StopsAtTheLimitOfTheBody) {
  const Parsed exact = parse(post("Content-Length: 1000\r\n", std::string(1000, 'a')));
  EXPECT_EQ(exact.request->body.size(), 1000u);
  EXPECT_FALSE(exact.request->is_body_too_large);
  for (const std::size_t piece : {std::size_t{100'000}, std::size_t{100}}) {
    const Parsed declared = parse(post("Content-Length: 1001\r\n", std::string(1001, 'a')), piece);
    EXPECT_EQ(declared.state, State::done);
    EXPECT_TRUE(declared.request->is_body_too_large);
    EXPECT_TRUE(declared.request->body.empty());
    std::string chunks;
    for (int i = 0; i < 11; ++i) chunks += "64\r\n" + std::string(100, 'b') + "\r\n";
    const Parsed chunked = parse(post("Transfer-Encoding: chunked\r\n", chunks), piece);
    EXPECT_EQ(chunked.state, State::done);
    EXPECT_TRUE(chunked.request->is_body_too_large);
    EXPECT_TRUE(chunked.request->body.empty());
  }
}

TEST(RequestParser, BoundsWhatIsNeitherHeadNorBody) {
  EXPECT_EQ(parse(post("Transfer-Encoding: chunked\r\n", "1;" + std::string(50'000, 'a')), 1000).state,
            State::failed);
  EXPECT_EQ(parse(post("Transfer-Encoding: chunked\r\n", "0\r\n" + fields(10'000)), 1000).state,
            State::failed);
}

TEST(RequestParser, BoundsWhatChunksAddToABody) {
  const auto chunks = [](std::size_t count, const std::string& extension) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) out += "1" + extension + "\r\nx\r\n";
    return post("Transfer-Encoding: chunked\r\n", out + "0\r\n\r\n");
  };
  for (const std::size_t piece : {std::size_t{1} << 20, std::size_t{1000}, std::size_t{1}}) {
    const Parsed small = parse(chunks(100'000, ""), piece, 200'000);
    EXPECT_EQ(small.state, State::done);
    EXPECT_EQ(small.request->body.size(), 100'000u);
    EXPECT_EQ(parse(chunks(3, ";a=" + std::string(4000, 'b')), piece).state, State::done);
    const Parsed endless = parse(chunks(900, ";a=" + std::string(4000, 'b')), piece);
    EXPECT_EQ(endless.status, 400);
    EXPECT_GT(endless.rest.size() + 50'000, chunks(900, ";a=" + std::string(4000, 'b')).size());
  }
}

}  // namespace
}  // namespace fettle::net
