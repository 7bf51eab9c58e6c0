#include "fettle/net/router.h"

#include "fettle/base/json_value.h"
#include "fettle/net/target.h"
#include "tests/unit/net/run_task.h"
#include "tests/unit/net/server_fixture.h"
#include "tests/unit/net/test_routes.h"

namespace fettle::net::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Ask {
  std::string method = "GET";
  std::string target;
  std::string user;
  std::string body;
  std::string content_type = "application/json";
  std::string key;
  bool is_body_too_large = false;
};

class RouterTest : public ::testing::Test {
 protected:
  RouterTest() { add_test_routes(router, calls); }

  Response ask(const Ask& ask) {
    auto request = std::make_shared<Request>();
    request->method_text = ask.method;
    request->method = method_of(ask.method);
    auto target = parse_target(ask.target);
    request->target = ask.target;
    request->path = target->path;
    request->query = target->query;
    request->id = "req-1";
    request->body = ask.body;
    request->is_body_too_large = ask.is_body_too_large;
    if (!ask.user.empty()) request->headers.add("X-Test-User", ask.user);
    if (!ask.content_type.empty()) request->headers.add("Content-Type", ask.content_type);
    if (!ask.key.empty()) request->headers.add("Idempotency-Key", ask.key);
    return run_task(loop, log, router.dispatch(request));
  }
  static std::string code_of(const Response& response) {
    const auto body = parse_json(response.body);
    if (!body) return "no JSON: " + response.body;
    for (const JsonNode& node : body->items) {
      if (node.name == "code") return node.text;
    }
    return "";
  }

  io::AsioLoop loop;
  std::shared_ptr<io::MemorySink> sink = std::make_shared<io::MemorySink>();
  io::Log log{sink, "test"};
  HeaderAuthenticator authenticator;
  Router router{authenticator, log};
  Calls calls;
};

struct Refusal {
  const char* name;
  Ask ask;
  int status;
  const char* code;
};

class RefusalTest : public RouterTest, public ::testing::WithParamInterface<Refusal> {};

TEST_P(RefusalTest, ComesInItsTurn) {
  const Refusal& refusal = GetParam();
  const Response response = ask(refusal.ask);
  EXPECT_EQ(response.status, refusal.status) << response.body;
  EXPECT_EQ(code_of(response), refusal.code);
  EXPECT_EQ(response.headers.get("Content-Type"), "application/problem+json");
  EXPECT_EQ(response.headers.get("Cache-Control"), "no-store");
  EXPECT_THAT(response.body, HasSubstr("\"request_id\":\"req-1\""));
  EXPECT_TRUE(calls.empty()) << "a refused request reached a handler";
}

// Each row is wrong in this and in every later respect, so that the table states the order of the checks.
INSTANTIATE_TEST_SUITE_P(
    Order, RefusalTest,
    ::testing::Values(
        Refusal{
            "route", {"FOO", "/api/v1/nothing", "bad", "{", "text/html", "", true}, 404, "route_not_found"},
        Refusal{"unknown_method",
                {"FOO", "/api/v1/things", "bad", "{", "text/html", "", true},
                501,
                "method_unknown"},
        Refusal{"method",
                {"PUT", "/api/v1/things", "bad", "{", "text/html", "", true},
                405,
                "method_not_allowed"},
        Refusal{"trace", {"TRACE", "/api/v1/things", "", "", "", "", false}, 405, "method_not_allowed"},
        Refusal{
            "anonymous", {"POST", "/api/v1/things", "", "{", "text/html", "", true}, 401, "unauthenticated"},
        Refusal{
            "bad_token", {"POST", "/api/v1/things", "bad", "{", "text/html", "", true}, 401, "token_unknown"},
        Refusal{
            "cross_site", {"POST", "/api/v1/things", "cross", "{", "text/html", "", true}, 403, "cross_site"},
        Refusal{"cross_site_public", {"POST", "/echo", "cross", "", "", "", false}, 403, "cross_site"},
        Refusal{"server_only", {"POST", "/api/v1/server", "operator", "", "", "", false}, 403, "forbidden"},
        Refusal{"seen_but_not_allowed",
                {"DELETE", "/api/v1/things/thing_1", "viewer", "", "", "", true},
                403,
                "forbidden"},
        Refusal{
            "hidden", {"DELETE", "/api/v1/things/thing_2", "operator", "", "", "", true}, 404, "not_found"},
        Refusal{"hidden_to_read",
                {"GET", "/api/v1/things/thing_2", "operator", "", "", "", true},
                404,
                "not_found"},
        Refusal{"nobodys", {"GET", "/api/v1/things/thing_3", "admin", "", "", "", true}, 404, "not_found"},
        Refusal{
            "unknown_kind", {"GET", "/api/v1/things/other_3", "admin", "", "", "", true}, 404, "not_found"},
        Refusal{"media_type",
                {"POST", "/api/v1/things", "viewer", "{", "text/html", "", true},
                415,
                "unsupported_media_type"},
        Refusal{"no_media_type",
                {"POST", "/api/v1/things", "viewer", "{", "", "", true},
                415,
                "unsupported_media_type"},
        Refusal{"size",
                {"POST", "/api/v1/things", "viewer", "{", "application/json", "", true},
                413,
                "body_too_large"},
        Refusal{"unreadable",
                {"POST", "/api/v1/things", "viewer", "{", "application/json", "", false},
                400,
                "unreadable_json"},
        Refusal{"empty",
                {"POST", "/api/v1/things", "viewer", "", "application/json; charset=utf-8", "", false},
                400,
                "unreadable_json"},
        Refusal{"missing",
                {"POST", "/api/v1/things", "viewer", "{}", "application/json", "", false},
                422,
                "invalid_field"},
        Refusal{"unknown_member",
                {"POST", "/api/v1/things", "viewer", R"({"name":"a","b":1})", "application/json", "", false},
                422,
                "invalid_field"},
        Refusal{"wrong_type",
                {"POST", "/api/v1/things", "viewer", R"({"name":1})", "application/json", "", false},
                422,
                "invalid_field"},
        Refusal{"query_type",
                {"GET", "/api/v1/things?limit=x", "viewer", "", "", "", false},
                422,
                "invalid_field"},
        Refusal{"query_unknown",
                {"GET", "/api/v1/things?other=1", "viewer", "", "", "", false},
                422,
                "invalid_field"},
        Refusal{"query_where_none",
                {"GET", "/api/v1/things/thing_1?x=1", "viewer", "", "", "", false},
                422,
                "invalid_field"},
        Refusal{"body_where_none",
                {"DELETE", "/api/v1/things/thing_1", "operator", R"({"a":1})", "application/json", "", false},
                422,
                "invalid_field"}),
    [](const auto& param) { return std::string(param.param.name); });

TEST_F(RouterTest, AnswersTypedRoutes) {
  const Response list = ask({.target = "/api/v1/things?limit=3", .user = "viewer"});
  EXPECT_EQ(list.status, 200);
  EXPECT_EQ(list.body, R"({"items":[{"name":"first","size":3}],"next_cursor":null})");
  EXPECT_EQ(list.headers.get("Content-Type"), "application/json");
  EXPECT_EQ(list.headers.get("Cache-Control"), "no-store");

  const Response created = ask({"POST", "/api/v1/things", "viewer", R"({"name":"box"})"});
  EXPECT_EQ(created.status, 201);
  EXPECT_EQ(created.body, R"({"name":"box","size":1})");
  EXPECT_EQ(created.headers.get("Location"), "/api/v1/things/box");

  const Response removed = ask({"DELETE", "/api/v1/things/thing_1", "operator"});
  EXPECT_EQ(removed.status, 204);
  EXPECT_EQ(removed.body, "");
  EXPECT_EQ(calls, (Calls{{"create_thing", 1}, {"list_things", 1}, {"remove_thing", 1}}));
}

TEST_F(RouterTest, AnswersHeadAndOptionsItself) {
  EXPECT_EQ(ask({"HEAD", "/api/v1/things", "viewer"}).status, 200);
  const Response options = ask({"OPTIONS", "/api/v1/things"});
  EXPECT_EQ(options.status, 204);
  EXPECT_EQ(options.headers.get("Allow"), "GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(ask({"PUT", "/api/v1/things/thing_1"}).headers.get("Allow"), "GET, HEAD, DELETE, OPTIONS");
  EXPECT_EQ(ask({"OPTIONS", "*"}).status, 204);
  EXPECT_EQ(ask({.target = "/api/v1/things"}).headers.get("WWW-Authenticate"), "Bearer realm=\"fettle\"");
}

TEST_F(RouterTest, NamesTheFieldsThatAreWrong) {
  const Response response = ask({"POST", "/api/v1/things", "viewer", R"({"name":1,"x":2})"});
  EXPECT_THAT(response.body, HasSubstr(R"("pointer":"/body/name")"));
  EXPECT_THAT(response.body, HasSubstr(R"("pointer":"/body/x")"));
}

TEST_F(RouterTest, KeepsFaultsToTheLog) {
  for (const char* name : {"throws", "fails"}) {
    const Response response =
        ask({"POST", "/api/v1/things", "viewer", std::string(R"({"name":")") + name + R"("})"});
    EXPECT_EQ(response.status, 500);
    EXPECT_EQ(code_of(response), "internal");
    EXPECT_THAT(response.body, Not(HasSubstr("secret")));
  }
  ASSERT_EQ(sink->count("request failed"), 2u);
  const auto entries = sink->entries();
  EXPECT_EQ(entries.front().fields.front().second, "req-1");
}

TEST_F(RouterTest, SaysWhenToComeBack) {
  const Response response = ask({"POST", "/api/v1/things", "viewer", R"({"name":"limited"})"});
  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(response.headers.get("Retry-After"), "7");
}

TEST_F(RouterTest, ABadTokenDoesNoHarmOnPublicRoutes) {
  EXPECT_EQ(ask({.target = "/echo", .user = "bad"}).status, 200);
}

TEST_F(RouterTest, FallsBackOutsideTheApiOnly) {
  EXPECT_EQ(ask({.target = "/fleet"}).status, 404);
  router.set_fallback([](const Request& request) {
    Response response;
    response.body = "page " + request.path;
    return response;
  });
  EXPECT_EQ(ask({.target = "/fleet"}).body, "page /fleet");
  EXPECT_EQ(ask({"HEAD", "/fleet"}).status, 200);
  EXPECT_EQ(ask({"POST", "/fleet"}).status, 404);
  EXPECT_EQ(ask({.target = "/api/v1/other"}).status, 404);
  EXPECT_EQ(ask({.target = "/api"}).status, 404);
}

TEST_F(RouterTest, KnowsHowMuchBodyARouteTakes) {
  EXPECT_EQ(router.body_limit(Method::post, "/api/v1/things"), 1000u);
  EXPECT_EQ(router.body_limit(Method::post, "/api/v1/nothing"), 65536u);
  EXPECT_EQ(router.body_limit(Method::put, "/api/v1/things"), 65536u);
}

TEST_F(RouterTest, RepeatsTheFirstAnswerForAnIdempotencyKey) {
  ManualClock clock;
  router.remember_answers(clock);
  const Ask first{"POST", "/api/v1/things", "viewer", R"({"name":"box"})", "application/json", "k1"};
  EXPECT_EQ(ask(first).body, R"({"name":"box","size":1})");
  const Response again = ask(first);
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.body, R"({"name":"box","size":1})");
  EXPECT_EQ(again.headers.get("Idempotency-Replayed"), "true");

  Ask other = first;
  other.body = R"({"name":"crate"})";
  EXPECT_EQ(code_of(ask(other)), "idempotency_key_reused");
  other = first;
  other.user = "operator";
  EXPECT_EQ(ask(other).body, R"({"name":"box","size":2})") << "keys belong to a principal";
  other = first;
  other.key = "\"k1\"";
  EXPECT_EQ(ask(other).headers.get("Idempotency-Replayed"), "true") << "quoted and bare are one key";

  Ask failing = first;
  failing.key = "k2";
  failing.body = R"({"name":"throws"})";
  EXPECT_EQ(ask(failing).status, 500);
  EXPECT_EQ(ask(failing).status, 500);
  EXPECT_EQ(calls["create_thing"], 4) << "a failure is not remembered";

  clock.advance(std::chrono::hours(24));
  EXPECT_EQ(ask(first).body, R"({"name":"box","size":5})");
}

TEST_F(RouterTest, DocumentsEveryRoute) {
  router.add_schema("StreamHello", R"({"type":"object"})");
  router.seal();
  const std::string text = router.openapi("1.2.3");
  const auto document = parse_json(text);
  ASSERT_TRUE(document) << document.error().detail << text;
  const auto member = [](const JsonNode& node, std::string_view name) -> const JsonNode& {
    static const JsonNode none;
    const auto found = std::ranges::find(node.items, name, &JsonNode::name);
    EXPECT_NE(found, node.items.end()) << name;
    return found == node.items.end() ? none : *found;
  };
  for (const RouteSpec& spec : router.routes()) {
    std::string method(method_name(spec.method));
    for (char& c : method) c = static_cast<char>(std::tolower(c));
    const JsonNode& operation = member(member(member(*document, "paths"), spec.path), method);
    EXPECT_EQ(member(operation, "operationId").text, spec.operation);
    EXPECT_EQ(member(operation, "x-permission").text, permission_name(spec.permission));
  }
  const JsonNode& schemas = member(member(*document, "components"), "schemas");
  for (const char* name : {"Problem", "StreamHello", "Thing", "ThingPage", "ThingInput"})
    member(schemas, name);
  EXPECT_THAT(text, HasSubstr(R"("operationId":"show_thing")"));
  EXPECT_THAT(text, HasSubstr(R"({"name":"id","in":"path","required":true)"));
  EXPECT_THAT(text, HasSubstr(R"("name":"limit","in":"query","schema":{"type":"integer","minimum":1,)"
                              R"("maximum":500,"default":50}})"));
  EXPECT_EQ(text, router.openapi("1.2.3"));
}

TEST_F(RouterTest, NamesTheMessagesOfAStream) {
  RouteSpec spec;
  spec.path = "/messages";
  spec.operation = "open_messages";
  spec.summary = "Messages.";
  spec.permission = Permission::public_access;
  spec.answer_media_type = "text/event-stream";
  spec.message_schemas = {"Hello", "Resync"};
  router.add_raw<None>(spec, [](RequestContext&, None) -> Task<Result<Response>> { co_return Response{}; });
  router.seal();
  const std::string text = router.openapi("1.2.3");
  EXPECT_TRUE(parse_json(text)) << text;
  EXPECT_THAT(
      text,
      HasSubstr(R"("text/event-stream":{"schema":{"type":"string","contentMediaType":"application/json",)"
                R"("contentSchema":{"oneOf":[{"$ref":"#/components/schemas/Hello"},)"
                R"({"$ref":"#/components/schemas/Resync"}]}}})"));
}

TEST_F(RouterTest, DocumentsWhatAHandlerAnswersByItself) {
  RouteSpec spec;
  spec.path = "/figures";
  spec.operation = "get_figures";
  spec.summary = "Figures.";
  spec.permission = Permission::public_access;
  spec.answer_media_type = "text/csv";
  spec.other_answers = {{200, "text/plain"}, {503, "text/html"}};
  spec.request_headers = {{"Last-Event-ID", "Where to go on."}};
  spec.token_scope = "figures";
  router.add_raw<None>(spec, [](RequestContext&, None) -> Task<Result<Response>> { co_return Response{}; });
  router.seal();
  const std::string text = router.openapi("1.2.3");
  EXPECT_TRUE(parse_json(text)) << text;
  const std::string figures = text.substr(text.find(R"("/figures")"), 900);
  EXPECT_THAT(figures, HasSubstr(R"("x-token-scope":"figures","security":[{"bearer":[]},{}])"));
  EXPECT_THAT(figures, HasSubstr(R"({"name":"Last-Event-ID","in":"header","description":"Where to go on.")"));
  EXPECT_THAT(figures,
              HasSubstr(R"("200":{"description":"OK","content":{"text/csv":{"schema":{"type":"string"}},)"
                        R"("text/plain":{"schema":{"type":"string"}}}})"));
  EXPECT_THAT(figures, HasSubstr(R"("503":{"description":"Service Unavailable","content":{"text/html":)"));
  const std::string_view all = text;
  const auto operation = [&](std::string_view id) {
    const auto at = all.find(id);
    return std::string(all.substr(at, all.find("operationId", at + id.size()) - at));
  };
  EXPECT_THAT(operation(R"("create_thing")"), HasSubstr("Idempotency-Key"));
  EXPECT_THAT(operation(R"("show_thing")"), Not(HasSubstr("Idempotency-Key")));
  EXPECT_THAT(operation(R"("post_echo")"), Not(HasSubstr("Idempotency-Key")))
      << "a raw answer is not remembered";
  EXPECT_THAT(text, HasSubstr(R"("Retry-After":{"schema":{"type":"integer"})"));
  EXPECT_THAT(text, HasSubstr("__Host-fettle_session"));
}

using RouterDeathTest = RouterTest;

TEST_F(RouterDeathTest, RefusesRoutesThatAreNotSound) {
  RouteSpec spec;
  spec.path = "/x";
  spec.operation = "x";
  spec.summary = "X.";
  spec.permission = Permission::view;
  const auto add_and_seal = [&] {
    router.add_raw<None>(spec, [](RequestContext&, None) -> Task<Result<Response>> { co_return Response{}; });
    router.seal();
  };
  EXPECT_DEATH(add_and_seal(), "a scope that does not fit its permission");
  spec.scope = ScopeSource::path_id;
  EXPECT_DEATH(add_and_seal(), "takes its scope from \\{id\\}");
  spec.scope = ScopeSource::any;
  spec.operation = "";
  EXPECT_DEATH(add_and_seal(), "names no operation");
  spec.operation = "echo";
  EXPECT_DEATH(add_and_seal(), "echo is the operation of two routes");
  spec.operation = "x";
  spec.path = "/api/v1/things/{other}";
  EXPECT_DEATH(add_and_seal(), "two routes share method and path");
}

}  // namespace
}  // namespace fettle::net::test
