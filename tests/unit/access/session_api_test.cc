#include <gmock/gmock.h>

#include <filesystem>

#include "tests/unit/access/access_fixture.h"

namespace fettle::access {
namespace {

using net::Method;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct SessionApi : testing::Test, AccessFixture {
  std::string setup_body(const std::string& token, const std::string& name, const std::string& password) {
    return R"({"token":")" + token + R"(","name":")" + name + R"(","password":")" + password + R"("})";
  }
  net::Response post_setup(const std::string& body) {
    return call({.method = Method::post, .path = "/api/v1/setup", .body = body});
  }
  bool has_token_file() { return std::filesystem::exists(folder.path() + "/setup-token"); }
};

TEST_F(SessionApi, FirstRunMakesAnAdministratorAndLogsIn) {
  EXPECT_EQ(call({.path = "/api/v1/setup"}).body, R"({"needed":true})");
  const std::string kept = files.read_all(folder.path() + "/setup-token", 100).value();
  EXPECT_EQ(kept, access->setup().token().reveal() + "\n");

  const net::Response response =
      post_setup(setup_body(access->setup().token().reveal(), " Ada ", kGoodPassword));
  ASSERT_EQ(response.status, 201) << response.body;
  EXPECT_EQ(json_field(response.body, "principal.kind"), "person");
  EXPECT_EQ(json_field(response.body, "principal.name"), "Ada");
  EXPECT_EQ(json_field(response.body, "server_administrator"), "true");
  EXPECT_THAT(response.body, HasSubstr(R"("name":"default","role":"administrator")"));
  EXPECT_THAT(response.body, HasSubstr(R"("name":"system","role":"administrator")"));
  EXPECT_EQ(call({.path = "/api/v1/session", .cookie = given_cookie(response)}).status, 200);

  EXPECT_EQ(call({.path = "/api/v1/setup"}).body, R"({"needed":false})");
  EXPECT_FALSE(has_token_file());
  const net::Response again = post_setup(setup_body("fst_", "eve", kGoodPassword));
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(json_field(again.body, "code"), "already_set_up");
}

TEST_F(SessionApi, FirstRunRefusesAWrongTokenAndBadFields) {
  const std::string token = access->setup().token().reveal();
  const std::string other = fettle::make_token(kSetupTokenPrefix, {1}).reveal();
  for (const std::string& wrong : {std::string(), other, token + " "}) {
    const net::Response response = post_setup(setup_body(wrong, "ada", kGoodPassword));
    EXPECT_EQ(response.status, 401);
    EXPECT_EQ(json_field(response.body, "code"), "setup_token_wrong");
  }
  const net::Response weak = post_setup(setup_body(token, "ada", "elevenchars"));
  EXPECT_EQ(weak.status, 422);
  EXPECT_THAT(weak.body, HasSubstr("/body/password"));
  EXPECT_THAT(weak.body, Not(HasSubstr("elevenchars")));
  loop.run_for(Seconds(60));
  const net::Response nameless = post_setup(setup_body(token, " ", kGoodPassword));
  EXPECT_EQ(nameless.status, 422);
  EXPECT_THAT(nameless.body, HasSubstr("/body/name"));
  EXPECT_TRUE(access->setup().is_needed());
  EXPECT_TRUE(audit().empty());
  EXPECT_TRUE(has_token_file());
}

TEST_F(SessionApi, FirstRunIsGuardedAgainstGuessing) {
  const std::string other = fettle::make_token(kSetupTokenPrefix, {1}).reveal();
  int limited = 0;
  for (int i = 0; i < 20; ++i) {
    const net::Response response = post_setup(setup_body(other, "ada", kGoodPassword));
    if (response.status == 429) ++limited;
  }
  EXPECT_EQ(limited, 15);
}

TEST_F(SessionApi, TheSetupTokenSurvivesARestartAndGoesWithThePerson) {
  const std::string before = access->setup().token().reveal();
  restart();
  EXPECT_EQ(access->setup().token().reveal(), before);
  set_up();
  ASSERT_TRUE(files.write_atomically(folder.path() + "/setup-token", before));  // as after a crash in between
  restart();
  EXPECT_FALSE(access->setup().is_needed());
  EXPECT_TRUE(access->setup().token().reveal().empty());
  EXPECT_FALSE(has_token_file());
}

TEST_F(SessionApi, OfTwoFirstRunsOneWins) {
  const std::string token = access->setup().token().reveal();
  const auto facts = [&](const std::string& name) {
    return SetupService::Facts{Secret(token), name, Secret(kGoodPassword), "127.0.0.1"};
  };
  std::vector<Result<SignedIn>> results;
  struct Run {
    static Task<void> go(Task<Result<SignedIn>> task, std::vector<Result<SignedIn>>* out) {
      out->push_back(co_await std::move(task));
    }
  };
  io::TaskScope scope(loop, log);
  scope.spawn("first", Run::go(access->setup().set_up(facts("ada")), &results));
  scope.spawn("second", Run::go(access->setup().set_up(facts("bob")), &results));
  loop.run_until([&] { return scope.size() == 0; }, Seconds(60));
  ASSERT_EQ(results.size(), 2U);
  EXPECT_NE(results[0].has_value(), results[1].has_value());
  const Error& error = results[0] ? results[1].error() : results[0].error();
  EXPECT_EQ(error.reason, "already_set_up");
  loop.run(scope.stop());
}

TEST_F(SessionApi, APersonIsToldOfInsideTheWrite) {
  access->setup().on_person_created([](const PersonCreated& created) {
    return [created](store::Session& session) {
      session.execute("INSERT INTO environment (id, name, created_at) VALUES ('env_x', ?1, 0)",
                      {created.name});
    };
  });
  set_up("ada");
  EXPECT_TRUE(loop.run(store->read([](store::Session& session) {
                    return session.query_one("SELECT 1 FROM environment WHERE name = 'ada'", {},
                                             [](const auto&) { return 1; });
                  }))
                  ->has_value());
}

TEST_F(SessionApi, CookieFlagsFollowTheTransport) {
  set_up();
  const net::Response plain = log_in("ada", kGoodPassword);
  const std::string header(plain.headers.get("Set-Cookie"));
  EXPECT_THAT(header, testing::StartsWith("fettle_session="));
  for (const char* flag : {"; Path=/", "; HttpOnly", "; SameSite=Lax", "; Max-Age=1209600"}) {
    EXPECT_THAT(header, HasSubstr(flag));
  }
  EXPECT_THAT(header, Not(HasSubstr("Secure")));
  EXPECT_THAT(header, Not(HasSubstr("Domain")));
  EXPECT_EQ(given_cookie(plain).size(), 43U);

  const net::Response tls = call({.method = Method::post,
                                  .path = "/api/v1/session",
                                  .body = R"({"name":"ada","password":")" + kGoodPassword + R"("})",
                                  .transport = Transport::tls});
  const std::string secure(tls.headers.get("Set-Cookie"));
  EXPECT_THAT(secure, testing::StartsWith("__Host-fettle_session="));
  EXPECT_THAT(secure, HasSubstr("; Secure"));
  // Neither cookie counts under the other's name.
  EXPECT_EQ(call({.path = "/api/v1/session", .cookie = given_cookie(plain)}).status, 200);
  net::Request mixed;
  mixed.method = Method::get;
  mixed.peer.is_tls = true;
  mixed.headers.add("Cookie", "fettle_session=" + given_cookie(tls));
  EXPECT_FALSE(loop.run(access->credentials().authenticate(mixed))->is_signed_in());
}

TEST_F(SessionApi, WrongCredentialsLookAlike) {
  set_up();
  const net::Response wrong = log_in("ada", "not the password");
  const net::Response unknown = log_in("nobody", "not the password");
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(json_field(wrong.body, "code"), "wrong_credentials");
  EXPECT_EQ(wrong.body, unknown.body);
  EXPECT_TRUE(given_cookie(wrong).empty());
  EXPECT_EQ(sink->count("log-in refused"), 2U);
  for (const auto& entry : sink->entries()) {
    for (const auto& [key, value] : entry.fields) EXPECT_THAT(value, Not(HasSubstr("not the password")));
  }
}

TEST_F(SessionApi, NamesAreOneWithoutCaseAndBlanks) {
  set_up("Ada");
  EXPECT_EQ(log_in(" aDA ", kGoodPassword).status, 200);
}

TEST_F(SessionApi, LogInRotatesTheSession) {
  const std::string first = set_up();
  const net::Response response = call({.method = Method::post,
                                       .path = "/api/v1/session",
                                       .body = R"({"name":"ada","password":")" + kGoodPassword + R"("})",
                                       .cookie = first});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(call({.path = "/api/v1/session", .cookie = first}).status, 401);
  EXPECT_EQ(call({.path = "/api/v1/session", .cookie = given_cookie(response)}).status, 200);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_FALSE(changes[0].now);
}

TEST_F(SessionApi, LogOutEndsTheSessionAtOnce) {
  const std::string cookie = set_up();
  const std::string other = given_cookie(log_in("ada", kGoodPassword));
  const net::Response response = call({.method = Method::del, .path = "/api/v1/session", .cookie = cookie});
  EXPECT_EQ(response.status, 204);
  EXPECT_THAT(std::string(response.headers.get("Set-Cookie")), HasSubstr("Max-Age=0"));
  EXPECT_EQ(call({.path = "/api/v1/session", .cookie = cookie}).status, 401);
  EXPECT_EQ(call({.path = "/api/v1/session", .cookie = other}).status, 200);
  EXPECT_EQ(call({.method = Method::del, .path = "/api/v1/session", .cookie = cookie}).status, 401);
}

TEST_F(SessionApi, OtherSitesCannotUseTheCookie) {
  const std::string cookie = set_up();
  const auto log_out_with = [&](const std::string& site, const std::string& origin) {
    return call(
        {.method = Method::del, .path = "/api/v1/session", .cookie = cookie, .site = site, .origin = origin});
  };
  for (const char* site : {"cross-site", "same-site", "none"}) {
    const net::Response response = log_out_with(site, "http://127.0.0.1:8080");
    EXPECT_EQ(response.status, 403) << site;
    EXPECT_EQ(json_field(response.body, "code"), "cross_site");
  }
  for (const char* origin :
       {"", "null", "https://127.0.0.1:8080", "http://127.0.0.1:8081", "http://evil.example"}) {
    EXPECT_EQ(log_out_with("", origin).status, 403) << origin;
  }
  EXPECT_EQ(call({.path = "/api/v1/session", .cookie = cookie, .site = "cross-site"}).status,
            200);  // only reads
  EXPECT_EQ(log_out_with("", "http://127.0.0.1:8080").status, 204);
}

TEST_F(SessionApi, LogInAndSetupNeedTheSameOrigin) {
  set_up();
  for (const char* site : {"", "cross-site"}) {
    const net::Response response = call({.method = Method::post,
                                         .path = "/api/v1/session",
                                         .body = R"({"name":"ada","password":")" + kGoodPassword + R"("})",
                                         .site = site});
    EXPECT_EQ(response.status, 403);
    EXPECT_EQ(json_field(response.body, "code"), "cross_site");
  }
  EXPECT_EQ(
      call({.method = Method::post, .path = "/api/v1/setup", .body = setup_body("", "", ""), .site = ""})
          .status,
      403);
}

TEST_F(SessionApi, RefusesBodiesThatAreNotTheAskedJson) {
  const auto post = [&](const std::string& body) {
    return call({.method = Method::post, .path = "/api/v1/session", .body = body}).status;
  };
  EXPECT_EQ(post("{"), 400);
  EXPECT_EQ(post(R"({"name":"a"})"), 422);
  EXPECT_EQ(post(R"({"name":"a","password":1})"), 422);
  EXPECT_EQ(post(R"({"name":"a","password":"b","more":1})"), 422);
  EXPECT_EQ(post(std::string(40, '[') + std::string(40, ']')), 400);
  EXPECT_EQ(post(R"({"name":")" + std::string(60'000, 'x') + R"(","password":"b"})"), 401);
}

TEST_F(SessionApi, FailuresAreLimitedByAccountAndAddress) {
  set_up();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(log_in("ada", "wrong wrong wrong", "10.0.0.1").status, 401);
  const net::Response limited = log_in("ada", kGoodPassword, "10.0.0.1");
  EXPECT_EQ(limited.status, 429);
  EXPECT_EQ(limited.headers.get("Retry-After"), "12");
  // Another address, and another account, are not meant.
  EXPECT_EQ(log_in("ada", kGoodPassword, "10.0.0.2").status, 200);
  EXPECT_EQ(log_in("bob", "wrong wrong wrong", "10.0.0.1").status, 401);
  loop.run_for(Seconds(13));
  EXPECT_EQ(log_in("ada", kGoodPassword, "10.0.0.1").status, 200);
}

TEST_F(SessionApi, AnAdministratorCannotBeLockedOut) {
  const std::string cookie = set_up();
  for (int i = 0; i < 200; ++i) {
    log_in("ada", "wrong wrong wrong", "10.0." + std::to_string(i) + ".1");
  }
  EXPECT_EQ(log_in("ada", kGoodPassword, "10.9.9.9").status, 200);
  EXPECT_EQ(call({.path = "/api/v1/session", .cookie = cookie}).status, 200);
}

TEST_F(SessionApi, AFloodOfLogInsIsRefusedWhenTheQueueIsFull) {
  set_up();
  io::TaskScope scope(loop, log);
  std::map<std::string, int> reasons;
  struct Run {
    static Task<void> go(Task<Result<bool>> task, std::map<std::string, int>* out) {
      const auto result = co_await std::move(task);
      ++(*out)[result ? "done" : result.error().reason];
    }
  };
  loop.set_work_delay("passwords", {Millis(200), Millis(200)});
  PasswordHasher hasher(loop, settings.password_cost);
  for (int i = 0; i < 100; ++i) {
    scope.spawn("verify", Run::go(hasher.verify(Secret<>("x"), ""), &reasons));
  }
  loop.run_until([&] { return scope.size() == 0; }, Seconds(60));
  EXPECT_EQ(reasons["done"], 52);  // two at work, fifty waiting
  EXPECT_EQ(reasons.size(), 2U);
  loop.run(scope.stop());
}

TEST_F(SessionApi, KeepsTheNewestSessionsOfAPerson) {
  const std::string first = set_up();
  std::string last;
  for (int i = 0; i < 50; ++i) {
    loop.run_for(Seconds(15));
    last = given_cookie(log_in("ada", kGoodPassword));
  }
  EXPECT_EQ(call({.path = "/api/v1/session", .cookie = first}).status, 401);
  EXPECT_EQ(call({.path = "/api/v1/session", .cookie = last}).status, 200);
}

TEST_F(SessionApi, EveryChangeIsAudited) {
  const std::string cookie = set_up();
  call({.method = Method::del, .path = "/api/v1/session", .cookie = cookie});
  std::vector<std::string> actions;
  for (const AuditRow& row : audit()) actions.push_back(row.entry.action);
  EXPECT_EQ(actions, (std::vector<std::string>{"person.create", "session.start", "session.end"}));
  expect_whole_audit();
}

TEST_F(SessionApi, ListsEnvironmentsByWhoAsks) {
  const std::string admin = set_up();
  const std::string viewer = add_person("vera", kViewerRole);
  EXPECT_THAT(call({.path = "/api/v1/environments", .cookie = admin}).body, HasSubstr(R"("name":"system")"));
  EXPECT_EQ(
      call({.path = "/api/v1/environments", .cookie = viewer}).body,
      R"({"items":[{"id":"env_00000000000070008000000000000001","name":"default"}],"next_cursor":null})");
  EXPECT_EQ(call({.path = "/api/v1/environments"}).status, 401);
}

TEST_F(SessionApi, ListsEnvironmentsByPages) {
  const std::string admin = set_up();
  const net::Response first = call({.path = "/api/v1/environments?limit=1", .cookie = admin});
  EXPECT_THAT(first.body, AllOf(HasSubstr(R"("name":"default")"), Not(HasSubstr(R"("name":"system")"))));
  const std::string cursor = json_field(first.body, "next_cursor");
  const net::Response second =
      call({.path = "/api/v1/environments?limit=1&cursor=" + cursor, .cookie = admin});
  EXPECT_THAT(second.body, AllOf(Not(HasSubstr(R"("name":"default")")), HasSubstr(R"("name":"system")"),
                                 HasSubstr(R"("next_cursor":null)")));
  for (const char* wrong : {"limit=0", "limit=501", "limit=x", "cursor=default", "nonsense=1"})
    EXPECT_EQ(call({.path = std::string("/api/v1/environments?") + wrong, .cookie = admin}).status, 422)
        << wrong;
}

TEST_F(SessionApi, TheAuditLogIsForServerAdministratorsAndPages) {
  const std::string admin = set_up();
  const std::string viewer = add_person("vera", kViewerRole);
  EXPECT_EQ(call({.path = "/api/v1/audit", .cookie = viewer}).status, 403);
  make_token(admin, R"({"name":"t","scopes":["read"]})");
  const net::Response first = call({.path = "/api/v1/audit?limit=2", .cookie = admin});
  ASSERT_EQ(first.status, 200);
  EXPECT_EQ(json_field(first.body, "next_cursor"), "2");
  EXPECT_THAT(first.body, HasSubstr(R"("sequence":3,)"));
  const net::Response rest = call({.path = "/api/v1/audit?limit=2&cursor=2", .cookie = admin});
  EXPECT_EQ(json_field(rest.body, "next_cursor"), "null");
  EXPECT_THAT(rest.body, HasSubstr(R"("sequence":1,)"));
  for (const char* bad : {"limit=0", "limit=501", "cursor=x", "cursor=-1", "cursor=1x"}) {
    EXPECT_EQ(call({.path = std::string("/api/v1/audit?") + bad, .cookie = admin}).status, 422) << bad;
  }
}

}  // namespace
}  // namespace fettle::access
