#include "fettle/net/http_server.h"

#include "tests/unit/net/server_fixture.h"

namespace fettle::net::test {
namespace {

using ::testing::HasSubstr;

Task<Result<Response>> hello(RequestContext& context, None /*query*/) {
  Response response;
  response.headers.add("Content-Type", "text/plain; charset=utf-8");
  response.body = "hello " + context.request().path + " " + context.request().body;
  co_return response;
}

RouteSpec open_route(Method method, std::string path, std::string operation) {
  RouteSpec spec;
  spec.method = method;
  spec.path = std::move(path);
  spec.permission = Permission::public_access;
  spec.operation = std::move(operation);
  spec.summary = "For the test.";
  spec.answer_media_type = "text/plain";
  return spec;
}

class HttpServerTest : public ServerFixture {
 protected:
  HttpServerTest() {
    router.add_raw<None>(open_route(Method::get, "/hello", "hello"), hello);
    router.add_raw<None>(open_route(Method::post, "/hello", "post_hello"), hello);
  }
};

TEST_F(HttpServerTest, AnswersAndKeepsTheConnection) {
  start();
  TestClient client(port());
  for (int i = 0; i < 3; ++i) {
    const Answer answer = client.ask("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "hello /hello ");
    EXPECT_EQ(answer.headers.at("date"), "Sun, 22 Nov 2026 09:10:04 GMT");
    EXPECT_THAT(answer.headers.at("content-security-policy"), HasSubstr("default-src 'none'"));
    EXPECT_EQ(answer.headers.at("cache-control"), "no-store");
  }
  EXPECT_EQ(figures().connections_accepted, 1u);
}

}  // namespace
}  // namespace fettle::net::test
