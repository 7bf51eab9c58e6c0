#include <gmock/gmock.h>

#include "tests/unit/access/access_fixture.h"

namespace fettle::access {
namespace {

using net::Method;
using testing::HasSubstr;
using testing::Not;

struct TokenApi : testing::Test, AccessFixture {
  std::string admin = set_up();
  net::Response post(const std::string& cookie, const std::string& body) {
    return call({.method = Method::post, .path = "/api/v1/tokens", .body = body, .cookie = cookie});
  }
  net::Response revoke(const std::string& cookie, const std::string& id) {
    return call({.method = Method::del, .path = "/api/v1/tokens/" + id, .cookie = cookie});
  }
  int status_with(const std::string& token) {
    return call({.path = "/api/v1/session", .bearer = token}).status;
  }
};

TEST_F(TokenApi, TheTextIsShownOnceAndWorks) {
  const net::Response made = post(admin, R"({"name":"ci","scopes":["metrics","read"]})");
  ASSERT_EQ(made.status, 201) << made.body;
  const std::string text = json_field(made.body, "token");
  EXPECT_TRUE(is_token(kApiTokenPrefix, text));
  EXPECT_EQ(made.headers.get("Location"), "/api/v1/tokens/" + json_field(made.body, "id"));
  EXPECT_EQ(json_field(made.body, "scopes"), R"(["read","metrics"])");
  EXPECT_EQ(json_field(made.body, "environment_id"), "null");
  EXPECT_EQ(json_field(made.body, "last_used_at"), "null");
  const net::Response listed = call({.path = "/api/v1/tokens", .cookie = admin});
  EXPECT_THAT(listed.body, HasSubstr(json_field(made.body, "id")));
  EXPECT_THAT(listed.body, Not(HasSubstr(text)));
  EXPECT_THAT(listed.body, Not(HasSubstr("\"token\"")));

  const net::Response session = call({.path = "/api/v1/session", .bearer = text, .site = "cross-site"});
  EXPECT_EQ(session.status, 200);
  EXPECT_EQ(json_field(session.body, "principal.kind"), "token");
  EXPECT_EQ(json_field(session.body, "principal.name"), "ci");
  EXPECT_EQ(json_field(session.body, "server_administrator"), "false");
  EXPECT_EQ(json_field(session.body, "expires_at"), "null");
}

TEST_F(TokenApi, IsStoredAsAHashOnly) {
  const std::string text = make_token(admin, R"({"name":"ci","scopes":["read"]})");
  loop.run(store->stop());
  for (const char* file : {"/fettle.db", "/fettle.db-wal"}) {
    const auto bytes = files.read_all(folder.path() + file, 100'000'000);
    if (bytes) EXPECT_EQ(bytes->find(text), std::string::npos) << file;
  }
}

TEST_F(TokenApi, RevokingIsTheEndAtOnce) {
  const net::Response made = post(admin, R"({"name":"ci","scopes":["read"]})");
  const std::string text = json_field(made.body, "token");
  const std::string id = json_field(made.body, "id");
  EXPECT_EQ(status_with(text), 200);
  EXPECT_EQ(revoke(admin, id).status, 204);
  EXPECT_EQ(status_with(text), 401);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].principal_id, id);
  EXPECT_EQ(changes[0].session_id, "");
  EXPECT_FALSE(changes[0].now);
  EXPECT_EQ(revoke(admin, id).status, 404);
  EXPECT_EQ(revoke(admin, "token_x").status, 404);
}

TEST_F(TokenApi, ATokenEndsAtItsTime) {
  const std::string end = format_time(clock.wall_now() + Seconds(100));
  const std::string text =
      make_token(admin, R"({"name":"ci","scopes":["read"],"expires_at":")" + end + R"("})");
  EXPECT_EQ(status_with(text), 200);
  loop.run_for(Seconds(97));
  EXPECT_EQ(status_with(text), 200);
  loop.run_for(Seconds(4));
  EXPECT_EQ(status_with(text), 401);
  loop.run_for(Seconds(5));
  EXPECT_EQ(changes.size(), 1U);
}

TEST_F(TokenApi, UnknownTokensAreRefused) {
  for (const std::string& bad : {std::string("x"), fettle::make_token(kApiTokenPrefix, {3}).reveal(),
                                 fettle::make_token(kEnrolmentTokenPrefix, {3}).reveal()}) {
    const net::Response response = call({.path = "/api/v1/session", .bearer = bad});
    EXPECT_EQ(response.status, 401);
    EXPECT_EQ(json_field(response.body, "code"), "token_unknown");
  }
}

TEST_F(TokenApi, NobodyGivesWhatTheyDoNotHave) {
  const std::string viewer = add_person("vera", kViewerRole);
  EXPECT_EQ(post(viewer, R"({"name":"t","scopes":["read"]})").status, 201);
  for (const char* scope : {"operate", "admin", "metrics"}) {
    const net::Response response = post(viewer, R"({"name":"t","scopes":[")" + std::string(scope) + R"("]})");
    EXPECT_EQ(response.status, 422) << scope;
    EXPECT_THAT(response.body, HasSubstr("/body/scopes"));
  }
  const net::Response foreign = post(
      viewer, R"({"name":"t","scopes":["read"],"environment_id":")" + kSystemEnvironment.text() + R"("})");
  EXPECT_EQ(foreign.status, 422);
  EXPECT_THAT(foreign.body, HasSubstr("/body/environment_id"));
}

TEST_F(TokenApi, ATokenFollowsItsCreatorsRole) {
  const std::string cookie = add_person("otto", kOperatorRole);
  const std::string text = make_token(cookie, R"({"name":"t","scopes":["operate"]})");
  const auto permissions = [&] {
    const auto session = call({.path = "/api/v1/session", .bearer = text});
    return session.body.substr(session.body.find("\"permissions\""));
  };
  EXPECT_THAT(permissions(), HasSubstr("operate"));
  const Actor actor{"person", "person_1", "ada", "127.0.0.1"};
  ASSERT_TRUE(loop.run(access->roles().change(actor, person_id("otto"), kDefaultEnvironment, "viewer")));
  EXPECT_THAT(permissions(), Not(HasSubstr("operate")));
  EXPECT_THAT(permissions(), HasSubstr("view"));
}

TEST_F(TokenApi, TokensMakeNoTokens) {
  const std::string text = make_token(admin, R"({"name":"t","scopes":["admin"]})");
  EXPECT_EQ(call({.path = "/api/v1/audit", .bearer = text}).status, 200);
  const net::Response response = call({.method = Method::post,
                                       .path = "/api/v1/tokens",
                                       .body = R"({"name":"u","scopes":["read"]})",
                                       .bearer = text});
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(json_field(response.body, "code"), "person_needed");
  EXPECT_EQ(call({.path = "/api/v1/tokens", .bearer = text}).status, 403);
  EXPECT_EQ(call({.method = Method::del, .path = "/api/v1/session", .bearer = text}).status, 403);
}

TEST_F(TokenApi, EveryoneListsAndRevokesTheirOwn) {
  const std::string viewer = add_person("vera", kViewerRole);
  const std::string mine = json_field(post(viewer, R"({"name":"mine","scopes":["read"]})").body, "id");
  const std::string theirs = json_field(post(admin, R"({"name":"theirs","scopes":["read"]})").body, "id");
  EXPECT_THAT(call({.path = "/api/v1/tokens", .cookie = viewer}).body, Not(HasSubstr("theirs")));
  EXPECT_EQ(revoke(viewer, theirs).status, 404);
  EXPECT_EQ(revoke(admin, mine).status, 204);
  EXPECT_EQ(revoke(admin, theirs).status, 204);
}

TEST_F(TokenApi, ListsInPages) {
  std::set<std::string> made;
  for (int i = 0; i < 7; ++i) {
    made.insert(json_field(post(admin, R"({"name":"t","scopes":["read"]})").body, "id"));
    loop.run_for(Millis(2));
  }
  std::set<std::string> seen;
  std::string cursor;
  for (int pages = 0; pages < 10; ++pages) {
    const net::Response page = call({.path = "/api/v1/tokens?limit=3" + cursor, .cookie = admin});
    const auto parsed = parse_json(page.body);
    for (const JsonNode& item : parsed->items.at(0).items)
      EXPECT_TRUE(seen.insert(item.items.at(0).text).second);
    if (json_field(page.body, "next_cursor") == "null") break;
    cursor = "&cursor=" + json_field(page.body, "next_cursor");
  }
  EXPECT_EQ(seen, made);
}

TEST_F(TokenApi, RefusesBadFields) {
  for (const auto& [body, pointer] : std::vector<std::pair<std::string, std::string>>{
           {R"({"name":"","scopes":["read"]})", "/body/name"},
           {R"({"name":"t","scopes":[]})", "/body/scopes"},
           {R"({"name":"t","scopes":["fly"]})", "/body/scopes/0"},
           {R"({"name":"t"})", "/body/scopes"},
           {R"({"name":"t","scopes":["read"],"expires_at":"2020-01-01T00:00:00Z"})", "/body/expires_at"},
           {R"({"name":"t","scopes":["read"],"environment_id":"host_00000000000070008000000000000001"})",
            "/body/environment_id"}}) {
    const net::Response response = post(admin, body);
    EXPECT_EQ(response.status, 422) << body;
    EXPECT_THAT(response.body, HasSubstr("\"" + pointer + "\"")) << body;
  }
}

TEST_F(TokenApi, APersonHasABoundedNumber) {
  for (int i = 0; i < 100; ++i) ASSERT_EQ(post(admin, R"({"name":"t","scopes":["read"]})").status, 201);
  const net::Response response = post(admin, R"({"name":"t","scopes":["read"]})");
  EXPECT_EQ(response.status, 409);
  EXPECT_EQ(json_field(response.body, "code"), "too_many_tokens");
}

TEST_F(TokenApi, MakingAndRevokingAreAudited) {
  const std::string id = json_field(post(admin, R"({"name":"ci","scopes":["read"]})").body, "id");
  revoke(admin, id);
  const auto rows = audit();
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[2].entry.action, "token.create");
  EXPECT_EQ(rows[2].entry.detail, "ci: read");
  EXPECT_EQ(rows[2].entry.actor.name, "ada");
  EXPECT_EQ(rows[3].entry.action, "token.revoke");
  EXPECT_EQ(rows[3].entry.object, id);
  expect_whole_audit();
}

}  // namespace
}  // namespace fettle::access
