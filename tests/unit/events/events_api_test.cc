#include "fettle/events/events_api.h"

#include <gmock/gmock.h>

#include "fettle/access/environments.h"
#include "fettle/base/json_value.h"
#include "fettle/events/event_json.h"
#include "fettle/net/router.h"
#include "tests/unit/events/events_fixture.h"

namespace fettle::events {
namespace {

/// Views the default environment; "root" the server's own too.
class NamedAuthenticator final : public net::Authenticator {
 public:
  Task<Result<Principal>> authenticate(const net::Request& request) override {
    Principal principal;
    const std::string_view name = request.headers.get("X-Test-User");
    if (name.empty()) co_return principal;
    principal.kind = PrincipalKind::person;
    principal.id = "person_" + std::string(name);
    const auto grant = [&](const EnvironmentId& id) {
      principal.grants[id] = {id, "e", "viewer", {Permission::view}};
    };
    grant(access::kDefaultEnvironment);
    if (name == "root") grant(access::kSystemEnvironment);
    co_return principal;
  }
};

struct EventsApiTest : EventsFixture {
  EventsApiTest() {
    EXPECT_TRUE(loop.run(environments.load(*store)));
    add_event_routes(router, *log, environments);
    router.seal();
    mine = access::kDefaultEnvironment;
    other = access::kSystemEnvironment;
  }
  net::Response ask(std::vector<std::pair<std::string, std::string>> query, std::string user = "viewer") {
    net::Request request;
    request.method_text = "GET";
    request.path = request.target = "/api/v1/events";
    request.query = std::move(query);
    request.headers.set("X-Test-User", std::move(user));
    return loop.run(router.dispatch(std::make_shared<const net::Request>(std::move(request))));
  }
  /// Types of the listed events; the cursor is kept in `cursor`.
  std::vector<std::string> types(std::vector<std::pair<std::string, std::string>> query,
                                 std::string user = "viewer") {
    const net::Response response = ask(std::move(query), std::move(user));
    EXPECT_EQ(response.status, 200) << response.body;
    const auto json = parse_json(response.body);
    std::vector<std::string> out;
    for (const JsonNode& event : json->items[0].items) out.push_back(event.items[2].text);
    cursor = json->items[1].text;
    return out;
  }

  access::Environments environments;
  NamedAuthenticator authenticator;
  net::Router router{authenticator, io_log};
  std::string cursor;
};

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_F(EventsApiTest, ShowsOnlyWhatTheCallerMayView) {
  Event secret = make_event("server.started");
  secret.environment = other;
  add(secret);
  add(make_event("host.online"));
  EXPECT_THAT(types({}), ElementsAre("host.online"));
  EXPECT_THAT(types({}, "root"), ElementsAre("host.online", "server.started"));
  EXPECT_THAT(types({{"environment", "system"}}, "root"), ElementsAre("server.started"));
  EXPECT_EQ(ask({{"environment", "system"}}).status, 422) << "like one that is not there";
  EXPECT_EQ(ask({{"environment", "nowhere"}}).status, 422);
  EXPECT_EQ(ask({}, "").status, 401);
}

TEST_F(EventsApiTest, GoesOnFromItsCursor) {
  for (int i = 0; i < 5; ++i) add(make_event("e" + std::to_string(i)));
  EXPECT_THAT(types({{"limit", "2"}}), ElementsAre("e4", "e3"));
  add(make_event("later"));
  EXPECT_THAT(types({{"limit", "2"}, {"cursor", cursor}}), ElementsAre("e2", "e1"));
  EXPECT_THAT(types({{"limit", "2"}, {"cursor", cursor}}), ElementsAre("e0"));
  EXPECT_EQ(cursor, "") << "null: nothing more";
}

TEST_F(EventsApiTest, Filters) {
  Event event = make_event("host.offline");
  const HostId host(make_uuid7(9, {}));
  event.severity = Severity::warning;
  event.source_kind = "host";
  event.source_id = host.text();
  add(event);
  add(make_event("host.online"));
  EXPECT_THAT(types({{"severity", "warning"}}), ElementsAre("host.offline"));
  EXPECT_THAT(types({{"type", "host.online"}}), ElementsAre("host.online"));
  EXPECT_THAT(types({{"host_id", host.text()}}), ElementsAre("host.offline"));
  EXPECT_THAT(types({{"host_id", host.text()}, {"severity", "error"}}), IsEmpty());
}

TEST_F(EventsApiTest, FiltersByListsTextSourceAndTime) {
  Event first = make_event("host.offline");
  first.severity = Severity::warning;
  first.message = "Web_1 is 100% gone";
  add(first);
  loop.run_for(Seconds(100));
  const WallTime middle = clock.wall_now();
  Event second = make_event("server.started");
  second.severity = Severity::error;
  second.source_kind = "host";
  second.source_name = "db-7";
  add(second);
  EXPECT_THAT(types({{"severity", "warning,error"}}), ElementsAre("server.started", "host.offline"));
  EXPECT_THAT(types({{"severity", "info,error"}}), ElementsAre("server.started"));
  EXPECT_THAT(types({{"type", "host.offline,host.online"}}), ElementsAre("host.offline"));
  EXPECT_THAT(types({{"source", "host"}}), ElementsAre("server.started"));
  EXPECT_THAT(types({{"text", "web_1 IS 100%"}}), ElementsAre("host.offline"));
  EXPECT_THAT(types({{"text", "webx1"}}), IsEmpty()) << "an underscore is itself";
  EXPECT_THAT(types({{"text", "DB-7"}}), ElementsAre("server.started")) << "the name counts too";
  EXPECT_THAT(types({{"from", format_time(middle)}}), ElementsAre("server.started"));
  EXPECT_THAT(types({{"to", format_time(middle)}}), ElementsAre("host.offline"));
  EXPECT_EQ(ask({{"from", format_time(middle)}, {"to", format_time(middle)}}).status, 422);
  EXPECT_EQ(ask({{"text", std::string(201, 'x')}}).status, 422);
}

TEST_F(EventsApiTest, ARareEventIsFoundBehindManyOthersWithoutAGap) {
  EXPECT_TRUE(loop.run(store->write([this](store::Session& session) {
    for (int i = 0; i < 45'000; ++i) {
      Event event = make_event(i % 15'000 == 7 ? "host.rare" : "host.online");
      event.id = EventId(make_uuid7(i + 1, {}));
      log->record(session, event);
    }
  })));
  std::vector<std::string> found;
  int asked = 0;
  std::vector<std::pair<std::string, std::string>> query{{"type", "host.rare"}, {"limit", "1"}};
  do {
    for (const std::string& type : types(query)) found.push_back(type);
    query = {{"type", "host.rare"}, {"limit", "1"}, {"cursor", cursor}};
    ++asked;
  } while (!cursor.empty() && asked < 20);
  EXPECT_EQ(found.size(), 3U);
  EXPECT_LT(asked, 10);
}

TEST_F(EventsApiTest, ExportsTheSameAsCsvThatNoSpreadsheetRuns) {
  Event event = make_event("host.online");
  event.source_name = "=cmd()\"x\"";
  event.fields["reason"] = "a,b";
  add(event);
  net::Request request;
  request.method_text = "GET";
  request.path = request.target = "/api/v1/events/export";
  request.headers.set("X-Test-User", "viewer");
  const net::Response response =
      loop.run(router.dispatch(std::make_shared<const net::Request>(std::move(request))));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.get("Content-Type"), "text/csv; charset=utf-8");
  EXPECT_THAT(response.body, ::testing::StartsWith("at,severity,type,"));
  EXPECT_THAT(response.body, ::testing::HasSubstr("\"'=cmd()\"\"x\"\"\""));
}

TEST_F(EventsApiTest, CountsErrorsOfADayAndKnowsThemAfterARestart) {
  Event error = make_event("host.cloned");
  error.severity = Severity::error;
  add(error);
  add(make_event("host.online"));
  EXPECT_EQ(log->errors_lately({mine}, clock.wall_now()), 1U);
  EXPECT_EQ(log->errors_lately({other}, clock.wall_now()), 0U);
  EventLog next(*store, hub);
  EXPECT_TRUE(loop.run(next.load(clock.wall_now())));
  EXPECT_EQ(next.errors_lately({mine}, clock.wall_now()), 1U);
  EXPECT_EQ(next.errors_lately({mine}, clock.wall_now() + std::chrono::hours(25)), 0U);
}

TEST_F(EventsApiTest, KeepsWarningsAndErrorsWhateverTheSettingSays) {
  log = std::make_unique<EventLog>(*store, hub, EventLogSettings{.least = Severity::error});
  for (const Severity severity :
       {Severity::debug, Severity::info, Severity::success, Severity::warning, Severity::error}) {
    Event event = make_event(std::string("e.") + std::string(severity_name(severity)));
    event.severity = severity;
    add(event);
  }
  EXPECT_EQ(list_all().events.size(), 2U);
}

TEST_F(EventsApiTest, RefusesWhatItCannotRead) {
  for (const std::pair<std::string, std::string>& parameter :
       std::vector<std::pair<std::string, std::string>>{{"limit", "0"},
                                                        {"limit", "501"},
                                                        {"limit", "x"},
                                                        {"severity", "loud"},
                                                        {"host_id", "host_1"},
                                                        {"cursor", "%%%"},
                                                        {"cursor", "ZXZlbnQ6LTE"},
                                                        {"cursor", "MTI"},
                                                        {"colour", "red"}}) {
    EXPECT_EQ(ask({parameter}).status, 422) << parameter.first << "=" << parameter.second;
  }
  EXPECT_EQ(ask({{"limit", "500"}}).status, 200);
}

TEST_F(EventsApiTest, IsTheSameObjectOnTheStream) {
  const std::string document = router.openapi("0.1.0");
  EXPECT_NE(document.find(R"("StreamEvent":{"$ref":"#/components/schemas/Event"})"), std::string::npos);
}

}  // namespace
}  // namespace fettle::events
