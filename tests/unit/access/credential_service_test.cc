#include "fettle/access/credential_service.h"

#include <gmock/gmock.h>

#include "fettle/access/session_repo.h"
#include "fettle/access/token_repo.h"
#include "fettle/io/async_event.h"
#include "tests/unit/access/access_fixture.h"

namespace fettle::access {
namespace {

using net::Method;

struct Credentials : testing::Test, AccessFixture {
  std::string admin = set_up();
  const Actor actor{"person", "person_1", "ada", "127.0.0.1"};

  std::uint64_t statements() { return store->figures().statements; }
  int status(const std::string& cookie) { return call({.path = "/api/v1/session", .cookie = cookie}).status; }
  Principal principal_of(const std::string& cookie) {
    net::Request request;
    request.headers.add("Cookie", "fettle_session=" + cookie);
    return loop.run(access->credentials().authenticate(request)).value();
  }
  WallTime stored_use(const std::string& session_id) {
    return loop
        .run(store->read([&](store::Session& session) {
          return session_repo::find(session, SessionId::parse(session_id).value());
        }))
        ->value()
        .last_used_at;
  }
};

TEST_F(Credentials, AKnownCredentialCostsNoStatement) {
  const std::string token = make_token(admin, R"({"name":"t","scopes":["read"]})");
  EXPECT_EQ(call({.path = "/api/v1/session", .bearer = token}).status, 200);
  const std::uint64_t before = statements();
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(status(admin), 200);
    ASSERT_EQ(call({.path = "/api/v1/session", .bearer = token}).status, 200);
  }
  EXPECT_EQ(statements(), before);
}

TEST_F(Credentials, TextThatIsNoCredentialCostsNoStatement) {
  const std::uint64_t before = statements();
  EXPECT_EQ(status("x"), 401);
  EXPECT_EQ(status(std::string(5'000, 'x')), 401);
  EXPECT_EQ(call({.path = "/api/v1/session", .bearer = "ftk_nonsense"}).status, 401);
  EXPECT_EQ(call({.path = "/api/v1/session"}).status, 401);
  EXPECT_EQ(statements(), before);
  EXPECT_EQ(status(std::string(43, 'x')), 401);
  EXPECT_GT(statements(), before);
}

TEST_F(Credentials, SurviveARestart) {
  restart();
  EXPECT_EQ(status(admin), 200);
}

TEST_F(Credentials, ASessionEndsWhenItIsNotUsed) {
  const std::string id = principal_of(admin).session_id;
  loop.run_for(std::chrono::hours(23));
  EXPECT_EQ(status(admin), 200);
  loop.run_for(std::chrono::hours(23));
  EXPECT_EQ(status(admin), 200);
  EXPECT_TRUE(changes.empty());
  loop.run_for(std::chrono::hours(24) + Seconds(6));
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].session_id, id);
  EXPECT_FALSE(changes[0].now);
  EXPECT_EQ(status(admin), 401);
}

TEST_F(Credentials, ASessionEndsAtItsFixedTimeWhateverItsUse) {
  settings.session_absolute = std::chrono::hours(6);
  settings.session_idle = std::chrono::hours(1);
  restart();
  const std::string cookie = given_cookie(log_in("ada", kGoodPassword));
  for (int halves = 0; halves < 12; ++halves) {
    ASSERT_EQ(status(cookie), 200) << halves;
    loop.run_for(std::chrono::minutes(30));
  }
  EXPECT_EQ(status(cookie), 401);
}

TEST_F(Credentials, AnOpenStreamCountsAsUse) {
  settings.session_idle = std::chrono::hours(1);
  restart();
  const Principal principal = principal_of(admin);
  for (int quarters = 0; quarters < 40; ++quarters) {
    loop.run_for(std::chrono::minutes(15));
    ASSERT_TRUE(loop.run(access->credentials().current(principal)));
  }
  EXPECT_EQ(status(admin), 200);
}

TEST_F(Credentials, LastUseIsWrittenOnceAMinuteAtMost) {
  const std::string id = principal_of(admin).session_id;
  const WallTime began = stored_use(id);
  for (int i = 0; i < 55; ++i) {
    loop.run_for(Seconds(1));
    status(admin);
  }
  EXPECT_EQ(stored_use(id), began);
  const std::uint64_t pieces = store->figures().pieces;
  for (int i = 0; i < 600; ++i) {
    loop.run_for(Seconds(1));
    status(admin);
  }
  EXPECT_GE(store->figures().pieces - pieces, 9U);
  EXPECT_LE(store->figures().pieces - pieces, 12U);
  EXPECT_GT(stored_use(id), began + Seconds(500));
}

TEST_F(Credentials, StoppingWritesTheLastUses) {
  const std::string id = principal_of(admin).session_id;
  loop.run_for(Seconds(30));
  status(admin);
  const WallTime used = clock.wall_now();
  restart();
  EXPECT_LE(used - stored_use(id), Millis(50));
}

TEST_F(Credentials, AChangedRoleIsToldWithinASecond) {
  const std::string cookie = add_person("otto", kOperatorRole);
  const std::string token = make_token(cookie, R"({"name":"t","scopes":["operate"]})");
  EXPECT_TRUE(principal_of(cookie).may(Permission::operate, kDefaultEnvironment));
  ASSERT_TRUE(loop.run(access->roles().change(actor, person_id("otto"), kDefaultEnvironment, "viewer")));
  loop.run_for(Seconds(1));
  ASSERT_EQ(changes.size(), 2U);  // the session and the token
  for (const ScopeChange& change : changes) {
    ASSERT_TRUE(change.now);
    EXPECT_TRUE(change.now->may(Permission::view, kDefaultEnvironment));
    EXPECT_FALSE(change.now->may(Permission::operate, kDefaultEnvironment));
  }
  EXPECT_FALSE(principal_of(cookie).may(Permission::operate, kDefaultEnvironment));

  ASSERT_TRUE(loop.run(access->roles().change(actor, person_id("otto"), kDefaultEnvironment, std::nullopt)));
  EXPECT_TRUE(principal_of(cookie).grants.empty());
  EXPECT_TRUE(principal_of(cookie).is_signed_in());
  expect_whole_audit();
}

TEST_F(Credentials, RolesThatAreNotThereAreRefused) {
  add_person("otto", kOperatorRole);
  const auto change = [&](PersonId person, EnvironmentId environment, std::optional<std::string> role) {
    const auto result = loop.run(access->roles().change(actor, person, environment, std::move(role)));
    return result ? std::string("done") : result.error().reason;
  };
  EXPECT_EQ(change(person_id("otto"), kDefaultEnvironment, "king"), "not_found");
  EXPECT_EQ(change(PersonId(), kDefaultEnvironment, "viewer"), "not_found");
  EXPECT_EQ(change(person_id("otto"), EnvironmentId(), "viewer"), "not_found");
  EXPECT_EQ(change(person_id("otto"), kSystemEnvironment, "viewer"), "system_environment");
  EXPECT_TRUE(changes.empty());
}

/// Holds back the answers of reads, as a busy reader would.
class SlowReads final : public store::Store {
 public:
  explicit SlowReads(store::Store& inner) : inner_(inner) {}
  [[nodiscard]] store::StoreFigures figures() const override { return inner_.figures(); }
  Task<Result<>> write_piece(std::function<bool(store::Session&)> function,
                             store::Priority priority) override {
    co_return co_await inner_.write_piece(std::move(function), priority);
  }
  Task<Result<>> read_piece(std::function<void(store::Session&)> function) override {
    if (is_failing) co_return fail(ErrorCode::timeout, "timeout", "");
    auto outcome = co_await inner_.read_piece(std::move(function));
    ++reads;
    if (is_holding) co_await released.wait();
    co_return outcome;
  }
  bool is_holding = false;
  bool is_failing = false;
  int reads = 0;
  io::AsyncEvent released;

 private:
  store::Store& inner_;
};

// A read that began before a change must not bring back what the change took away.
TEST_F(Credentials, AChangeDuringALookUpIsNotForgotten) {
  const std::string cookie = add_person("otto", kOperatorRole);
  SlowReads slow(*store);
  CredentialService credentials(loop, clock, log, slow, settings);
  RoleService roles(clock, *store, credentials);
  struct Run {
    static Task<void> look(CredentialService* at, std::string secret, std::vector<Principal>* out) {
      net::Request request;
      request.headers.add("Cookie", "fettle_session=" + secret);
      out->push_back((co_await at->authenticate(request)).value());
    }
  };
  std::vector<Principal> seen;
  io::TaskScope scope(loop, log);
  slow.is_holding = true;
  scope.spawn("look", Run::look(&credentials, cookie, &seen));
  ASSERT_TRUE(loop.run_until([&] { return slow.reads == 1; }, Seconds(1)));
  ASSERT_TRUE(loop.run(roles.change(actor, person_id("otto"), kDefaultEnvironment, "viewer")));
  slow.is_holding = false;
  slow.released.set();
  ASSERT_TRUE(loop.run_until([&] { return seen.size() == 1; }, Seconds(1)));
  loop.run(Run::look(&credentials, cookie, &seen));
  for (const Principal& principal : seen) {
    EXPECT_TRUE(principal.is_signed_in());
    EXPECT_FALSE(principal.may(Permission::operate, kDefaultEnvironment));
  }
  loop.run(scope.stop());
  loop.run(credentials.stop());
}

// Without an answer from the store nobody goes on looking with what they had.
TEST_F(Credentials, AStreamEndsWhenItsNewGrantsCannotBeRead) {
  const std::string cookie = add_person("otto", kOperatorRole);
  const std::string token = make_token(cookie, R"({"name":"t","scopes":["read"]})");
  SlowReads slow(*store);
  CredentialService credentials(loop, clock, log, slow, settings);
  std::set<std::string> ended;
  credentials.on_scope_changed([&](const ScopeChange& change) {
    if (!change.now) ended.insert(change.session_id + change.principal_id);
  });
  net::Request by_cookie;
  by_cookie.headers.add("Cookie", "fettle_session=" + cookie);
  net::Request by_token;
  by_token.headers.add("Authorization", "Bearer " + token);
  const Principal person = loop.run(credentials.authenticate(by_cookie)).value();
  const Principal program = loop.run(credentials.authenticate(by_token)).value();
  slow.is_failing = true;
  credentials.person_changed(person_id("otto"));
  loop.run_for(Seconds(1));
  EXPECT_EQ(ended, (std::set<std::string>{person.session_id + person.id, program.id}));
  loop.run(credentials.stop());
}

TEST(CredentialCache, ForgetsTheOneUsedLongestAgo) {
  CredentialCache cache(3);
  const auto known = [](std::uint8_t number) {
    KnownCredential out;
    out.id = "session_" + std::to_string(number);
    out.secret_hash = Hash256{number};
    out.person = PersonId(make_uuid7(number % 2, {}));
    return out;
  };
  for (std::uint8_t i = 1; i <= 3; ++i) cache.put(known(i));
  EXPECT_NE(cache.find(Hash256{1}), nullptr);
  cache.put(known(4));
  EXPECT_EQ(cache.find(Hash256{2}), nullptr);
  EXPECT_EQ(cache.find_id("session_2"), nullptr);
  EXPECT_NE(cache.find_id("session_1"), nullptr);
  cache.put(known(1));
  EXPECT_EQ(cache.size(), 3U);
  EXPECT_EQ(cache.erase_person(PersonId(make_uuid7(1, {}))).size(), 2U);
  EXPECT_EQ(cache.size(), 1U);
  EXPECT_NE(cache.find(Hash256{4}), nullptr);
  cache.erase_id("session_4");
  cache.erase_id("session_4");
  EXPECT_EQ(cache.size(), 0U);
}

}  // namespace
}  // namespace fettle::access
