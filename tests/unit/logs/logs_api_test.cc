#include "fettle/logs/logs_api.h"

#include "fettle/base/json_value.h"
#include "fettle/io/work_queue.h"
#include "fettle/net/router.h"
#include "tests/unit/logs/logs_fixture.h"

namespace fettle::logs {
namespace {

class OneAuthenticator final : public net::Authenticator {
 public:
  Task<Result<Principal>> authenticate(const net::Request& request) override {
    Principal principal;
    const std::string_view name = request.headers.get("X-Test-User");
    if (name.empty()) co_return principal;
    principal.kind = PrincipalKind::person;
    principal.id = "person_" + std::string(name);
    principal.server_administrator = name == "root";
    principal.grants[environment(1)] = {environment(1), "e", "administrator", {Permission::view}};
    co_return principal;
  }
};

struct LogsApiTest : LogsFixture {
  LogsApiTest() {
    add_log_routes(router, feed, loop, *workers);
    router.seal();
  }
  net::Response ask(std::vector<std::pair<std::string, std::string>> query, std::string user = "root",
                    std::string path = "/api/v1/logs") {
    net::Request request;
    request.method_text = "GET";
    request.path = request.target = std::move(path);
    request.query = std::move(query);
    request.headers.set("X-Test-User", std::move(user));
    return loop.run(router.dispatch(std::make_shared<const net::Request>(std::move(request))));
  }
  static Texts texts(const net::Response& response) {
    EXPECT_EQ(response.status, 200) << response.body;
    const auto json = parse_json(response.body);
    Texts out;
    for (const JsonNode& line : json->items.at(0).items) out.push_back(line.items.at(5).text);
    return out;
  }
  std::unique_ptr<io::WorkQueue> workers = loop.make_work_queue("worker", 1, 8);
  OneAuthenticator authenticator;
  net::Router router{authenticator, log};
};

TEST_F(LogsApiTest, IsForAdministratorsOfTheServer) {
  for (const char* path : {"/api/v1/logs", "/api/logs"}) {
    EXPECT_EQ(ask({}, "root", path).status, 200);
    EXPECT_EQ(ask({}, "viewer", path).status, 403);
    EXPECT_EQ(ask({{"follow", "true"}}, "viewer", path).status, 403);
    EXPECT_EQ(ask({}, "", path).status, 401);
  }
}

TEST_F(LogsApiTest, GivesTheNewestOldestFirst) {
  for (int i = 0; i < 150; ++i) write("line " + std::to_string(i), i % 2 ? LogLevel::warn : LogLevel::debug);
  EXPECT_EQ(texts(ask({})).size(), 100U);
  EXPECT_EQ(texts(ask({{"lines", "2"}})), (Texts{"line 148", "line 149"}));
  EXPECT_EQ(texts(ask({{"lines", "2"}, {"level", "warn"}})), (Texts{"line 147", "line 149"}));
  EXPECT_EQ(texts(ask({{"query", "LINE 14"}})).size(), 11U);
  const std::string id = std::to_string(ring->snapshot()[1].id);
  EXPECT_EQ(texts(ask({{"before", id}})), (Texts{"line 0"}));
  EXPECT_EQ(texts(ask({{"after", std::to_string(ring->snapshot()[148].id)}})), (Texts{"line 149"}));
  EXPECT_EQ(texts(ask({}, "root", "/api/logs")), texts(ask({})));
}

TEST_F(LogsApiTest, RefusesWhatItDoesNotKnow) {
  using Query = std::vector<std::pair<std::string, std::string>>;
  for (const Query& query :
       {Query{{"lines", "0"}}, Query{{"lines", "10001"}}, Query{{"level", "loud"}},
        Query{{"query", std::string(201, 'x')}}, Query{{"since", "yesterday"}}, Query{{"after", "-1"}},
        Query{{"unknown", "1"}}, Query{{"follow", "true"}, {"lines", "1001"}},
        Query{{"follow", "true"}, {"before", "5"}}}) {
    EXPECT_EQ(ask(query).status, 422) << query[0].first;
  }
}

TEST_F(LogsApiTest, TextThatIsNoUtf8IsShownAsText) {
  write("a\xff\x1b[31m<b>\u202e");
  EXPECT_EQ(texts(ask({})).size(), 1U);
}

TEST_F(LogsApiTest, FollowsFromWhatIsKept) {
  write("before");
  const net::Response response = ask({{"follow", "true"}});
  ASSERT_TRUE(response.stream);
  EXPECT_EQ(response.headers.get("Content-Type"), "text/event-stream");
  write("between");
  auto stream = std::make_shared<FakeByteStream>(loop);
  response.stream(stream);
  write("after");
  wait(Millis(300));
  const Texts told = messages(*stream);
  ASSERT_GE(told.size(), 3U);
  EXPECT_EQ(told[0], "before");
  EXPECT_EQ(told[1], "between");
  EXPECT_EQ(told.back(), "after");
}

}  // namespace
}  // namespace fettle::logs
