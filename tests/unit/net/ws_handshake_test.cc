#include "fettle/net/ws_handshake.h"

#include <gtest/gtest.h>

#include "fettle/base/encoding.h"

namespace fettle::net {
namespace {

TEST(WsHandshake, Sha1MatchesItsStandard) {  // RFC 3174 section 7.3, FIPS 180-1
  EXPECT_EQ(hex_encode(sha1("")), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(hex_encode(sha1("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(hex_encode(sha1("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
  EXPECT_EQ(hex_encode(sha1(std::string(1'000'000, 'a'))), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}

TEST(WsHandshake, AcceptMatchesTheExample) {  // RFC 6455 section 1.3
  EXPECT_EQ(web_socket_accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

Request upgrade() {
  Request request;
  request.headers.add("Connection", "keep-alive, Upgrade");
  request.headers.add("Upgrade", "WebSocket");
  request.headers.add("Sec-WebSocket-Version", "13");
  request.headers.add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
  return request;
}

TEST(WsHandshake, ChecksEachField) {
  EXPECT_FALSE(check_web_socket(upgrade(), ""));
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, std::string>>{{"Connection", "keep-alive"},
                                                        {"Upgrade", "h2c"},
                                                        {"Sec-WebSocket-Version", "8"},
                                                        {"Sec-WebSocket-Key", "short"},
                                                        {"Sec-WebSocket-Key", "AAAA"},
                                                        {"Sec-WebSocket-Key", ""}}) {
    Request request = upgrade();
    request.headers.set(name, value);
    EXPECT_TRUE(check_web_socket(request, "")) << name;
  }
  Request request = upgrade();
  request.method = Method::post;
  EXPECT_TRUE(check_web_socket(request, ""));
}

TEST(WsHandshake, WantsTheSubprotocolOfThePath) {
  Request request = upgrade();
  EXPECT_TRUE(check_web_socket(request, "fettle.agent.v1"));
  request.headers.add("Sec-WebSocket-Protocol", "chat, fettle.agent.v10");
  EXPECT_TRUE(check_web_socket(request, "fettle.agent.v1"));
  request.headers.add("Sec-WebSocket-Protocol", "superchat, fettle.agent.v1");
  EXPECT_FALSE(check_web_socket(request, "fettle.agent.v1"));
}

}  // namespace
}  // namespace fettle::net
