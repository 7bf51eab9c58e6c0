// Invitations, second factors and the last administrator, with the clock in hand.
#include <gmock/gmock.h>

#include "fettle/access/totp_rules.h"
#include "fettle/base/encoding.h"
#include "tests/unit/access/access_fixture.h"

namespace fettle::access {
namespace {

using net::Method;
using testing::HasSubstr;

constexpr std::string_view kOtherPassword = "nine quiet herons";

std::vector<std::uint8_t> base32_bytes(std::string_view text) {
  std::vector<std::uint8_t> out;
  std::uint32_t group = 0;
  unsigned bits = 0;
  for (const char c : text) {
    group = group << 5 | static_cast<std::uint32_t>(c >= 'A' ? c - 'A' : c - '2' + 26);
    for (bits += 5; bits >= 8; bits -= 8) out.push_back(static_cast<std::uint8_t>(group >> (bits - 8)));
  }
  return out;
}

struct PeopleApi : testing::Test, AccessFixture {
  net::Response post(const std::string& path, const std::string& body, const std::string& cookie = {},
                     const std::string& address = "127.0.0.1") {
    return call({.method = Method::post, .path = path, .body = body, .cookie = cookie, .address = address});
  }
  std::string invite(const std::string& name) {
    const net::Response response = post("/api/v1/people", R"({"name":")" + name + R"("})", admin);
    EXPECT_EQ(response.status, 201) << response.body;
    return json_field(response.body, "token");
  }
  net::Response accept(const std::string& token, std::string_view password = kOtherPassword) {
    return post("/api/v1/invitation/acceptance",
                R"({"token":")" + token + R"(","password":")" + std::string(password) + R"("})");
  }
  std::string join(const std::string& name) { return given_cookie(accept(invite(name))); }
  std::string enable_totp(const std::string& cookie) {
    const net::Response begun = post(
        "/api/v1/account/totp", R"({"current_password":")" + std::string(kOtherPassword) + R"("})", cookie);
    EXPECT_EQ(begun.status, 201) << begun.body;
    secret = base32_bytes(json_field(begun.body, "secret"));
    const net::Response confirmed =
        post("/api/v1/account/totp/confirmation", R"({"code":")" + code_now() + R"("})", cookie);
    EXPECT_EQ(confirmed.status, 200) << confirmed.body;
    return confirmed.body;
  }
  std::string code_now(std::int64_t offset = 0) {
    return totp_code(secret, totp_step(clock.wall_now()) + offset);
  }
  net::Response enter(const std::string& code, const std::string& address = "127.0.0.1") {
    return post(
        "/api/v1/session",
        R"({"name":"otto","password":")" + std::string(kOtherPassword) + R"(","code":")" + code + R"("})", {},
        address);
  }

  std::string admin = set_up("ada");
  std::vector<std::uint8_t> secret;
};

TEST_F(PeopleApi, AnInvitationIsOverAfterThreeDays) {
  const std::string in_time = invite("otto");
  const std::string late = invite("vera");
  loop.run_for(Seconds(72 * 3'600 - 60));
  EXPECT_EQ(accept(in_time).status, 201);
  loop.run_for(Seconds(61));
  const net::Response refused = accept(late);
  EXPECT_EQ(refused.status, 410);
  EXPECT_EQ(json_field(refused.body, "code"), "invitation_over");
  expect_whole_audit();
}

TEST_F(PeopleApi, AnInvitationIsStoredAsAHashAndSurvivesARestart) {
  const std::string token = invite("otto");
  restart();
  EXPECT_EQ(post("/api/v1/invitation", R"({"token":")" + token + R"("})").status, 200);
  EXPECT_EQ(accept(token).status, 201);
  EXPECT_EQ(accept(token).status, 410);
}

TEST_F(PeopleApi, UnknownInvitationsAreLimitedByAddress) {
  int limited = 0;
  for (std::uint8_t i = 0; i < 20; ++i) {
    const std::string token = fettle::make_token(kInvitationTokenPrefix, {i}).reveal();
    if (post("/api/v1/invitation", R"({"token":")" + token + R"("})").status == 429) ++limited;
  }
  EXPECT_EQ(limited, 15);
}

TEST_F(PeopleApi, ACodeIsGoodForOneLogInAndTheNextStepForAnother) {
  const std::string otto = join("otto");
  enable_totp(otto);
  EXPECT_EQ(json_field(enter(code_now()).body, "code"), "totp_used");
  loop.run_for(Seconds(30));
  EXPECT_EQ(enter(code_now()).status, 200);
  EXPECT_EQ(json_field(enter(code_now()).body, "code"), "totp_used");
  EXPECT_EQ(json_field(enter(code_now(-1)).body, "code"), "totp_used")
      << "older than the last one that was used";
  loop.run_for(Seconds(60));
  EXPECT_EQ(json_field(enter("").body, "code"), "totp_needed");
  loop.run_for(Seconds(60));
  EXPECT_EQ(json_field(enter("000000x").body, "code"), "totp_wrong");
}

TEST_F(PeopleApi, GuessedCodesLockNobodyOutWhoHasARecoveryCode) {
  const std::string otto = join("otto");
  const std::string codes = enable_totp(otto);
  loop.run_for(Seconds(300));
  // As many addresses as one likes: the codes of one person have a bound of their own.
  int wrong = 0;
  int limited = 0;
  for (int i = 0; i < 25; ++i) {
    const net::Response response = enter("000000", "10.0.0." + std::to_string(i + 1));
    if (json_field(response.body, "code") == "totp_wrong") ++wrong;
    if (response.status == 429) ++limited;
  }
  EXPECT_EQ(wrong, 10);
  EXPECT_EQ(limited, 15);
  EXPECT_EQ(enter(code_now(), "10.0.1.1").status, 429);
  const std::string recovery = codes.substr(codes.find('-') - 4, 19);
  EXPECT_EQ(enter(recovery, "10.0.1.2").status, 200);
  EXPECT_EQ(enter(recovery, "10.0.1.3").status, 401);
  loop.run_for(Seconds(60));
  EXPECT_EQ(enter(code_now(), "10.0.1.4").status, 200) << "and there is one attempt more each minute";
}

TEST_F(PeopleApi, ThePasswordAloneOpensNothingWhileTheFactorIsUnconfirmed) {
  const std::string otto = join("otto");
  const std::string body = R"({"current_password":")" + std::string(kOtherPassword) + R"("})";
  EXPECT_EQ(post("/api/v1/account/totp", body, otto).status, 201);
  EXPECT_EQ(log_in("otto", std::string(kOtherPassword)).status, 200)
      << "it does not count before it is confirmed";
  const net::Response wrong = post("/api/v1/account/totp", R"({"current_password":"another one"})", otto);
  EXPECT_EQ(wrong.status, 422);
  EXPECT_THAT(wrong.body, HasSubstr("/body/current_password"));
  EXPECT_EQ(post("/api/v1/account/totp/confirmation", R"({"code":"000000"})", otto).status, 422)
      << "a 401 would say that the session is over";
}

TEST_F(PeopleApi, TheSecretIsSealedToItsPlace) {
  const std::string otto = join("otto");
  enable_totp(otto);
  loop.run_for(Seconds(60));
  join("vera");
  const std::string other = person_id("vera").text();
  const auto moved = loop.run(store->write(
      [&](store::Session& session) { session.execute("UPDATE person_totp SET person_id = ?1", {other}); }));
  ASSERT_TRUE(moved);
  const net::Response response =
      post("/api/v1/session", R"({"name":"vera","password":")" + std::string(kOtherPassword) +
                                  R"(","code":")" + code_now() + R"("})");
  EXPECT_EQ(response.status, 500) << response.body;
}

TEST_F(PeopleApi, AResetFromTheCommandLineTakesTheSecondFactorAway) {
  const std::string otto = join("otto");
  enable_totp(otto);
  const std::string disable = "/api/v1/people/" + person_id("otto").text();
  EXPECT_EQ(call({.method = Method::patch, .path = disable, .body = R"({"disabled":true})", .cookie = admin})
                .status,
            200);
  const std::string token = fettle::make_token(kSetupTokenPrefix, {9}).reveal();
  ASSERT_TRUE(files.write_atomically(folder.path() + "/" + std::string(kResetTokenFile), token + "\n"));
  restart();
  const net::Response again = post(
      "/api/v1/setup", R"({"token":")" + token + R"(","name":"OTTO","password":")" + kGoodPassword + R"("})");
  ASSERT_EQ(again.status, 201) << again.body;
  EXPECT_EQ(json_field(again.body, "server_administrator"), "true");
  EXPECT_EQ(call({.path = "/api/v1/session", .cookie = otto}).status, 401);
  EXPECT_EQ(log_in("otto", kGoodPassword).status, 200) << "no code is asked for";
  expect_whole_audit();
}

TEST_F(PeopleApi, WhatIsWrongWithRolesIsSaidByItsPlace) {
  const auto with_roles = [&](const std::string& roles) {
    return post("/api/v1/people", R"({"name":"otto","roles":[)" + roles + "]}", admin);
  };
  const auto role = [](const EnvironmentId& environment, const std::string& name) {
    return R"({"environment_id":")" + environment.text() + R"(","role":")" + name + R"("})";
  };
  const std::string good = role(kDefaultEnvironment, "viewer");
  for (const std::string& bad : {role(kSystemEnvironment, "viewer"), role(kDefaultEnvironment, "operator"),
                                 role(EnvironmentId(Uuid{1}), "viewer")}) {
    const net::Response response = with_roles(good + "," + bad);
    EXPECT_EQ(response.status, 422);
    EXPECT_THAT(response.body, HasSubstr("/body/roles/1"));
  }
  EXPECT_EQ(with_roles(role(kDefaultEnvironment, "emperor")).status, 422);
  EXPECT_EQ(person_id("otto"), PersonId{}) << "nothing of it stands";
  EXPECT_EQ(with_roles(good).status, 201);
  expect_whole_audit();
}

TEST_F(PeopleApi, PeopleAreListedByNameInPages) {
  for (const std::string name : {"Zoe", "bob", "Cyd", "émile"}) invite(name);
  std::vector<std::string> names;
  std::string cursor;
  for (int page = 0; page < 10; ++page) {
    const net::Response response = call(
        {.path = "/api/v1/people?limit=2" + (cursor.empty() ? "" : "&cursor=" + cursor), .cookie = admin});
    ASSERT_EQ(response.status, 200) << response.body;
    const auto parsed = parse_json(response.body);
    for (const JsonNode& item : parsed->items.front().items) names.push_back(item.items[1].text);
    cursor = json_field(response.body, "next_cursor");
    if (cursor == "null") break;
  }
  EXPECT_EQ(names, (std::vector<std::string>{"ada", "bob", "Cyd", "Zoe", "émile"}));
  EXPECT_EQ(call({.path = "/api/v1/people?cursor=!", .cookie = admin}).status, 422);
}

struct Removal : PeopleApi {
  /// Things that go one a write.
  void add_things() {
    access->environment_service().add_user(
        {"things", [](store::Session&, const EnvironmentId&) { return std::int64_t{0}; },
         [this](store::Session&, const EnvironmentId&) { return things == 0 || --things == 0; }});
  }
  std::string in_list(const std::string& id) {
    const net::Response response = call({.path = "/api/v1/server/environments", .cookie = admin});
    const auto parsed = parse_json(response.body);
    for (const JsonNode& item : parsed->items.front().items) {
      if (item.items[0].text != id) continue;
      std::string out;
      append_json_node(out, item);
      return out;
    }
    return {};
  }
  int things = 5;
};

TEST_F(Removal, IsToldWhileItLastsAndGoesOnAfterARestart) {
  add_things();
  const auto make = [&] { return post("/api/v1/environments", R"({"name":"lab"})", admin); };
  const std::string id = json_field(make().body, "id");
  const auto remove = [&] {
    return call({.method = Method::del, .path = "/api/v1/environments/" + id, .cookie = admin});
  };
  EXPECT_EQ(json_field(in_list(id), "removing_since"), "null");
  const net::Response accepted = remove();
  EXPECT_EQ(accepted.status, 202);
  EXPECT_EQ(accepted.body, "");
  EXPECT_EQ(things, 4) << "the first piece goes at once";
  EXPECT_FALSE(access->environments().find("lab")) << "nobody can name it any more";
  EXPECT_NE(json_field(in_list(id), "removing_since"), "null");
  EXPECT_EQ(json_field(in_list(id), "people"), "0");
  EXPECT_EQ(remove().status, 202);
  const net::Response taken = make();
  EXPECT_EQ(json_field(taken.body, "code"), "name_taken");
  EXPECT_NE(json_field(taken.body, "detail").find("being removed"), std::string::npos);
  EXPECT_EQ(json_field(call({.method = Method::patch,
                             .path = "/api/v1/environments/" + id,
                             .body = R"({"name":"other"})",
                             .cookie = admin})
                           .body,
                       "code"),
            "being_removed");
  restart();
  things = 3;
  add_things();
  EXPECT_FALSE(access->environments().find("lab"));
  access->environment_service().start();
  loop.run_for(Seconds(5));
  EXPECT_EQ(things, 0);
  EXPECT_EQ(in_list(id), "");
  EXPECT_EQ(remove().status, 404);
  EXPECT_EQ(make().status, 201);
  EXPECT_EQ(std::ranges::count_if(
                audit(), [](const AuditRow& row) { return row.entry.action == "environment.remove"; }),
            1);
}

TEST_F(Removal, StaysWhenSomethingCameIntoIt) {
  bool has_come = false;
  access->environment_service().add_user(
      {"hosts", [&](store::Session&, const EnvironmentId&) { return std::int64_t{has_come ? 1 : 0}; },
       nullptr});
  add_things();
  access->environment_service().start();
  const std::string id = json_field(post("/api/v1/environments", R"({"name":"lab"})", admin).body, "id");
  ASSERT_EQ(call({.method = Method::del, .path = "/api/v1/environments/" + id, .cookie = admin}).status, 202);
  has_come = true;
  const int left = things;
  ASSERT_GT(left, 0);
  loop.run_for(Seconds(5));
  EXPECT_EQ(things, left) << "what belongs to what came is still there";
  EXPECT_TRUE(access->environments().find("lab"));
  EXPECT_EQ(json_field(in_list(id), "removing_since"), "null");
}

TEST_F(PeopleApi, AnEnvironmentWithThingsInItStays) {
  access->environment_service().add_user(
      {"hosts",
       [](store::Session& session, const EnvironmentId& id) {
         return session
             .query_one("SELECT count(*) FROM environment WHERE id = ?1 AND name = 'full'", {id.text()},
                        [](const store::Row& row) { return row.integer(0); })
             .value_or(0);
       },
       nullptr});
  const auto make = [&](const std::string& name) {
    return json_field(post("/api/v1/environments", R"({"name":")" + name + R"("})", admin).body, "id");
  };
  const auto remove = [&](const std::string& id) {
    return call({.method = Method::del, .path = "/api/v1/environments/" + id, .cookie = admin});
  };
  const std::string full = make("full");
  const std::string empty = make("empty");
  EXPECT_EQ(access->environments().find("empty")->text(), empty) << "known at once, without a restart";
  EXPECT_EQ(json_field(remove(full).body, "code"), "environment_not_empty");
  EXPECT_EQ(remove(empty).status, 204);
  EXPECT_FALSE(access->environments().find("empty"));
  EXPECT_EQ(remove(empty).status, 404);
  for (const std::string& bad : {std::string("a,b"), std::string("a/b"), kDefaultEnvironment.text()}) {
    EXPECT_EQ(post("/api/v1/environments", R"({"name":")" + bad + R"("})", admin).status, 422) << bad;
  }
}

}  // namespace
}  // namespace fettle::access
