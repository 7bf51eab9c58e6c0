#include "fettle/net/url.h"

#include <gtest/gtest.h>

namespace fettle::net {
namespace {

TEST(Url, TakesApart) {
  const auto url = parse_url("WS://Example.org:8080/a/b?c=d");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme, "ws");
  EXPECT_EQ(url->host, "Example.org");
  EXPECT_EQ(url->port, 8080);
  EXPECT_EQ(url->target, "/a/b?c=d");
  EXPECT_EQ(url->authority(), "Example.org:8080");
  EXPECT_EQ(parse_url("http://x")->target, "/");
  EXPECT_EQ(parse_url("http://x?a=b")->target, "/?a=b");
  EXPECT_EQ(parse_url("http://x")->port, 80);
  EXPECT_EQ(parse_url("wss://x/")->port, 443);
  EXPECT_EQ(parse_url("http://x:80/")->authority(), "x");
  EXPECT_EQ(parse_url("http://[::1]:7000/")->host, "::1");
  EXPECT_EQ(parse_url("http://[::1]:7000/")->authority(), "[::1]:7000");
}

TEST(Url, RefusesTheRest) {
  for (const char* text :
       {"", "x", "ftp://x/", "http://", "http:///a", "http://u@x/", "http://u:p@x/", "http://x:/",
        "http://x:0/", "http://x:65536/", "http://x:8a/", "http://[::1/", "http://[x]/", "http://x/a b",
        "http://x/#a", "http://x#a", "http://x/\r\nHost: y", "http://x\r\n/", "http://a,b/"}) {
    const auto url = parse_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().reason, "bad_url");
  }
}

}  // namespace
}  // namespace fettle::net
