#include "fettle/access/cookie_rules.h"

#include <gtest/gtest.h>

namespace fettle::access {
namespace {

TEST(CookieRules, FindsItsCookieAmongOthers) {
  const auto plain = [](std::string_view header) { return session_cookie_value(Transport::plain, header); };
  EXPECT_EQ(plain("fettle_session=abc"), "abc");
  EXPECT_EQ(plain("a=b;  fettle_session=abc ;c=d"), "abc");
  EXPECT_EQ(plain("fettle_session=a=b"), "a=b");
  EXPECT_EQ(plain("xfettle_session=abc; fettle_session2=x"), "");
  EXPECT_EQ(plain("__Host-fettle_session=abc"), "");
  EXPECT_EQ(plain("fettle_session"), "");
  EXPECT_EQ(plain(""), "");
  EXPECT_EQ(plain("fettle_session=first; fettle_session=second"), "first");
  EXPECT_EQ(session_cookie_value(Transport::tls, "__Host-fettle_session=abc; fettle_session=x"), "abc");
  EXPECT_EQ(session_cookie_value(Transport::tls, "fettle_session=x"), "");
}

TEST(CookieRules, WhatIsGivenIsFoundAgain) {
  for (const Transport transport : {Transport::plain, Transport::tls}) {
    const std::string given = session_cookie(transport, "v", Seconds(5));
    EXPECT_EQ(session_cookie_value(transport, given.substr(0, given.find(';'))), "v");
  }
}

TEST(CookieRules, OnlySameOriginCounts) {
  const auto by_site = [](std::string_view site) {
    return is_same_origin({site, "http://a", "a", Transport::plain});
  };
  EXPECT_TRUE(by_site("same-origin"));
  for (const char* site : {"same-site", "cross-site", "none", "SAME-ORIGIN", "same-origin,cross-site"}) {
    EXPECT_FALSE(by_site(site)) << site;
  }
}

TEST(CookieRules, OriginMustBeThisVeryServer) {
  const auto by_origin = [](std::string_view origin, Transport transport = Transport::plain) {
    return is_same_origin({"", origin, "fettle.example:8443", transport});
  };
  EXPECT_TRUE(by_origin("http://fettle.example:8443"));
  EXPECT_TRUE(by_origin("http://Fettle.Example:8443"));
  EXPECT_TRUE(by_origin("https://fettle.example:8443", Transport::tls));
  for (const char* origin :
       {"", "null", "https://fettle.example:8443", "http://fettle.example", "http://fettle.example:84430",
        "http://evil.fettle.example:8443", "http://fettle.example:8443.evil", "fettle.example:8443"}) {
    EXPECT_FALSE(by_origin(origin)) << origin;
  }
  EXPECT_FALSE(is_same_origin({"", "http://", "", Transport::plain}));
}

TEST(CookieRules, ReadsBearerTokens) {
  EXPECT_EQ(bearer_token("Bearer abc"), "abc");
  EXPECT_EQ(bearer_token("bearer  abc "), "abc");
  EXPECT_EQ(bearer_token("Basic abc"), "");
  EXPECT_EQ(bearer_token("Bearerabc"), "");
  EXPECT_EQ(bearer_token(""), "");
}

}  // namespace
}  // namespace fettle::access
