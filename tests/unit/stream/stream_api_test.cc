#include "fettle/stream/stream_api.h"

#include <gmock/gmock.h>

#include "fettle/net/router.h"
#include "tests/unit/stream/hub_fixture.h"

namespace fettle::stream {
namespace {

/// Whoever the request says that it is.
class NamedAuthenticator final : public net::Authenticator {
 public:
  Task<Result<Principal>> authenticate(const net::Request& request) override {
    const std::string_view name = request.headers.get("X-Test-User");
    if (name.empty()) co_return Principal{};
    std::vector<EnvironmentId> environments;
    if (name != "nobody") environments.push_back(make_environment(1));
    Principal principal = make_principal("person_" + std::string(name), "session_1", environments);
    if (name == "program" || name == "admin program") principal.kind = PrincipalKind::token;
    principal.server_administrator = name == "admin program";
    co_return principal;
  }
};

struct StreamApiTest : HubFixture {
  StreamApiTest() {
    add_stream_routes(router, *hub);
    router.seal();
  }

  static net::Request get(std::string user = "viewer") {
    net::Request request;
    request.method_text = "GET";
    request.path = request.target = "/api/v1/stream";
    request.headers.set("X-Test-User", std::move(user));
    return request;
  }
  net::Response ask(net::Request request) {
    return loop.run(router.dispatch(std::make_shared<const net::Request>(std::move(request))));
  }
  net::Response put_topics(const std::string& connection, std::string body, std::string user = "viewer") {
    net::Request request = get(std::move(user));
    request.method = net::Method::put;
    request.method_text = "PUT";
    request.path = request.target = "/api/v1/stream/" + connection + "/topics";
    request.headers.set("Content-Type", "application/json");
    request.body = std::move(body);
    return ask(std::move(request));
  }
  Page take_over(const net::Response& response) {
    Page page{std::make_shared<FakeByteStream>(loop), {}, {}};
    response.stream(page.stream);
    return page;
  }

  NamedAuthenticator authenticator;
  net::Router router{authenticator, log};
};

TEST_F(StreamApiTest, TellsAProgramThatItMayNotSeeTheLog) {
  const auto open = [&](const char* user, const char* topics) {
    net::Request request = get(user);
    request.query.emplace_back("topics", topics);
    return ask(std::move(request));
  };
  const net::Response refused = open("program", "events,logs");
  EXPECT_EQ(refused.status, 403);
  EXPECT_NE(refused.body.find("scope admin"), std::string::npos) << refused.body;
  EXPECT_EQ(open("program", "events").status, 200);
  EXPECT_EQ(open("admin program", "logs").status, 200);
  EXPECT_EQ(open("viewer", "logs").status, 200) << "a page has one stream for all that it looks at";
  EXPECT_EQ(put_topics("any", R"({"topics":["logs"]})", "program").status, 403);
}

TEST_F(StreamApiTest, AnswersWithAStreamThatNoProxyHolds) {
  const net::Response response = ask(get());
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.get("Content-Type"), "text/event-stream");
  EXPECT_EQ(response.headers.get("Cache-Control"), "no-store, no-transform");
  EXPECT_EQ(response.headers.get("X-Accel-Buffering"), "no");
  EXPECT_FALSE(response.headers.has("Content-Length"));
  ASSERT_TRUE(response.stream);
  Page page = take_over(response);
  EXPECT_NE(page.take().at(0).data.find(R"("topics":["events","fleet"])"), std::string::npos)
      << "the default";
}

TEST_F(StreamApiTest, TakesTopicsAndTheLastId) {
  Page first = take_over(ask(get()));
  publish_event(one, 1);
  publish_event(one, 2);
  settle();
  const auto events = first.take();
  net::Request request = get();
  request.query = {{"topics", "events"}};
  request.headers.set("Last-Event-ID", events.at(1).id);
  Page second = take_over(ask(request));
  settle();
  EXPECT_EQ(numbers(second.take(), "event", "n"), (std::vector<std::int64_t>{2}));
  request.query = {{"topics", ""}};
  Page silent = take_over(ask(request));
  settle();
  EXPECT_EQ(silent.take().size(), 1U) << "no topics at all";
}

TEST_F(StreamApiTest, RefusesWhatItCannotServe) {
  net::Request request = get();
  request.headers.set("Accept", "application/json");
  EXPECT_EQ(ask(request).status, 406);
  request = get();
  request.query = {{"topics", "fleet,secrets"}};
  EXPECT_EQ(ask(request).status, 422);
  request = get();
  request.query = {{"topic", "fleet"}};
  EXPECT_EQ(ask(request).status, 422) << "an unknown parameter";
  EXPECT_EQ(ask(get("")).status, 401);
}

TEST_F(StreamApiTest, WhoHasNoRoleHearsNothingUntilOneCame) {
  Page page = take_over(ask(get("nobody")));
  publish_event(one, 1);
  settle();
  EXPECT_EQ(page.take().size(), 1U) << "the hello";
  const Principal now = make_principal("person_nobody", "session_1", {one});
  hub->rescope("person_nobody", "", &now);
  settle();
  const auto told = page.take();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].type, "resync");
  EXPECT_EQ(text_in(told[0].data, "reason"), "scope");
  publish_event(one, 2);
  settle();
  EXPECT_EQ(numbers(page.take(), "event", "n"), (std::vector<std::int64_t>{2}));
}

TEST_F(StreamApiTest, LimitsStreamsOfOnePrincipal) {
  std::vector<Page> pages;
  for (int i = 0; i < 20; ++i) pages.push_back(take_over(ask(get())));
  const net::Response response = ask(get());
  EXPECT_EQ(response.status, 429);
  EXPECT_FALSE(response.headers.get("Retry-After").empty());
  EXPECT_EQ(ask(get("another")).status, 200);
}

TEST_F(StreamApiTest, ChangesTopicsOfAnOwnStream) {
  Page page = take_over(ask(get()));
  const std::string id = text_in(page.take().at(0).data, "connection");
  EXPECT_EQ(put_topics(id, R"({"topics":["events"]})").status, 204);
  EXPECT_EQ(put_topics(id, R"({"topics":["secrets"]})").status, 422);
  EXPECT_EQ(put_topics(id, R"({"topics":"events"})").status, 422);
  EXPECT_EQ(put_topics(id, R"({"topics":["events"]})", "another").status, 404);
  EXPECT_EQ(put_topics("0123456789abcdef", R"({"topics":["events"]})").status, 404);
  EXPECT_EQ(put_topics(id, R"({"topics":["events"]})", "").status, 401);
}

TEST_F(StreamApiTest, StandsInTheDocument) {
  const std::string document = router.openapi("0.1.0");
  for (const char* name : {"StreamHello", "StreamFleetStatus", "StreamStatusChange", "StreamMetricUpdate",
                           "StreamResync", "open_stream", "set_stream_topics", "text/event-stream"}) {
    EXPECT_NE(document.find(name), std::string::npos) << name;
  }
}

TEST(AcceptsEventStream, FollowsTheHeader) {
  for (const char* accept :
       {"", " ", "text/event-stream", "*/*", "text/*", "text/html, text/event-stream;q=0.5",
        "TEXT/Event-Stream", "application/json;q=0, */*;q=0.1"}) {
    EXPECT_TRUE(accepts_event_stream(accept)) << accept;
  }
  for (const char* accept : {"application/json", "text/html", "text/event-stream;q=0", "*/*; q=0.000",
                             "text/event-streams", ","}) {
    EXPECT_FALSE(accepts_event_stream(accept)) << accept;
  }
}

}  // namespace
}  // namespace fettle::stream
