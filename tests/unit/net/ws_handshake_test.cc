#include "fettle/net/ws_handshake.h"

#include <gtest/gtest.h>

namespace fettle::net {
namespace {

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
