#include "tests/unit/fleet/fleet_fixture.h"

namespace fettle::fleet {
namespace {

const access::Actor kActor{"person", "", "test", ""};

std::uint16_t code(net::CloseCode close) {
  return static_cast<std::uint16_t>(close);
}

class HostCareTest : public FleetTest {
 protected:
  Result<> edit(const Host& host, HostEdit what) {
    return loop_.run(fleet().care().edit(kActor, host.id, std::move(what)), kLimit);
  }
  const Host& row(const Host& host) { return fleet().roster().find(host.id)->row; }
  Host stored(const Host& host) {
    auto found = loop_.run(
        server_->store.read([id = host.id](store::Session& session) { return host_repo::find(session, id); }),
        kLimit);
    return found && *found ? **found : Host{};
  }
  /// Says hello as a process that was welcomed as `after` last.
  HandAgent arrive(const Host& host, std::uint64_t after) {
    HandAgent agent = dial();
    wire::Hello one = hello(agent.expect<wire::Challenge>(), host.id.text());
    one.after_link = after;
    agent.send(one);
    return agent;
  }
  Result<MadeToken> token_for(const Host& host) {
    return loop_.run(fleet().enrolment().make_token_for(kActor, host.id), kLimit);
  }
  EnrolFacts facts_of(const MadeToken& made, const Key256& seed) {
    const PublicKey key = make_signing_key(seed).public_key;
    return {made.text, {key.begin(), key.end()}, "any", std::nullopt, "test"};
  }
};

TEST_F(HostCareTest, ANameAndLabelsAreKeptAndToldOfOnce) {
  const Host host = enrolled_host();
  ASSERT_TRUE(edit(host, {.name = "db-1", .labels = Labels{{"role", "db"}}, .revision = 1}));
  EXPECT_EQ(row(host).name, "db-1");
  EXPECT_EQ(stored(host).labels, (Labels{{"role", "db"}}));
  EXPECT_EQ(stored(host).revision, 2);
  EXPECT_EQ(row(host).revision, 2);
  EXPECT_EQ(count_events(host, "host.renamed"), 1U);
  ASSERT_TRUE(edit(host, {.name = "db-1", .labels = {}, .revision = {}}));
  EXPECT_EQ(row(host).revision, 2) << "nothing was changed";
  ASSERT_TRUE(edit(host, {.name = {}, .labels = Labels{}, .revision = {}}));
  EXPECT_EQ(stored(host).labels, Labels{});
  EXPECT_EQ(stored(host).name, "db-1");
  EXPECT_EQ(count_events(host, "host.labelled"), 1U);
}

TEST_F(HostCareTest, WhatSomebodyElseChangedMeanwhileIsNotOverwritten) {
  const Host host = enrolled_host();
  ASSERT_TRUE(edit(host, {.name = "a", .labels = {}, .revision = 1}));
  EXPECT_EQ(edit(host, {.name = "b", .labels = {}, .revision = 1}).error().code,
            ErrorCode::precondition_failed);
  EXPECT_EQ(edit(host, {.name = "a", .labels = {}, .revision = 1}).error().code,
            ErrorCode::precondition_failed);
  EXPECT_EQ(row(host).name, "a");
}

TEST_F(HostCareTest, ANameIsGivenOnceInAnEnvironment) {
  const Host host = enrolled_host();
  const Host other = *enrol(facts(*make_token(), "web-9"));
  const auto taken = edit(other, {.name = host.name, .labels = {}, .revision = {}});
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().reason, "name_taken");
  EXPECT_EQ(taken.error().fields.at(0).pointer, "/body/name");
  EXPECT_EQ(row(other).name, "web-9");
  const Host elsewhere = *enrol(facts(*make_token(access::kSystemEnvironment)));
  EXPECT_EQ(loop_.run(fleet().care().move(kActor, elsewhere.id, host.environment, {}), kLimit).error().reason,
            "name_taken");
}

TEST_F(HostCareTest, AMovedHostTakesItsEventsAlongAndKeepsItsLink) {
  Host host = enrolled_host();
  HandAgent agent = connect(host);
  agent.send(small_set());
  agent.send(heartbeat({1, 1}, {0, 0}));
  agent.expect_acknowledged({1, 1});
  const EnvironmentId from = host.environment;
  EnvironmentId told;
  fleet().on_moved([&](const LiveHost&, const EnvironmentId& before) { told = before; });
  ASSERT_TRUE(loop_.run(fleet().care().move(kActor, host.id, access::kSystemEnvironment, {}), kLimit));
  EXPECT_EQ(told, from);
  EXPECT_EQ(row(host).environment, access::kSystemEnvironment);
  EXPECT_EQ(stored(host).environment, access::kSystemEnvironment);
  const auto on_its_way = [&](const EnvironmentId& environment) {
    return loop_.run(server_->store.read(
        [environment](store::Session& session) { return count_history_moves(session, environment); }));
  };
  EXPECT_EQ(count_events(host, "host.enrolled"), 1U) << "of the old environment, for as long as it takes";
  EXPECT_EQ(count_events(host, "host.moved"), 0U);
  EXPECT_GT(on_its_way(from).value(), 0);
  EXPECT_GT(on_its_way(access::kSystemEnvironment).value(), 0);
  EXPECT_TRUE(loop_.run_until([&] { return fleet().care().history().is_idle(); }, Seconds(10)));
  EXPECT_EQ(count_events(host, "host.enrolled"), 0U);
  EXPECT_EQ(on_its_way(from).value(), 0);
  host.environment = access::kSystemEnvironment;
  EXPECT_EQ(count_events(host, "host.enrolled"), 1U);
  EXPECT_EQ(count_events(host, "host.moved"), 1U);
  agent.send(heartbeat({1, 2}, {1, 1}));
  agent.expect_acknowledged({1, 2});
  EXPECT_NE(server_->history.latest(host.number), nullptr);
}

TEST_F(HostCareTest, TwoOfOneIdentityAreBothLockedUntilAPersonSaysSo) {
  const Host host = enrolled_host();
  HandAgent original = arrive(host, 0);
  const std::uint64_t first = original.expect<wire::Welcome>().link;
  HandAgent copy = arrive(host, 0);
  const std::uint64_t second = copy.expect<wire::Welcome>().link;
  EXPECT_EQ(original.closed(), code(net::CloseCode::replaced));
  HandAgent again = arrive(host, first);
  const std::uint64_t third = again.expect<wire::Welcome>().link;
  EXPECT_NE(third, 0U);
  again.send(small_set());  // so that there is someone behind it
  loop_.run_for(Seconds(1));
  HandAgent copy_again = arrive(host, second);
  EXPECT_EQ(copy_again.closed(), code(net::CloseCode::cloned));
  EXPECT_EQ(again.closed(), code(net::CloseCode::cloned)) << "both";
  loop_.run_for(Seconds(1));
  EXPECT_TRUE(stored(host).locked_at);
  EXPECT_EQ(count_events(host, "host.cloned"), 1U);
  EXPECT_EQ(arrive(host, third).closed(), code(net::CloseCode::cloned));
  EXPECT_EQ(arrive(host, 0).closed(), code(net::CloseCode::cloned)) << "starting anew is no way around it";
  EXPECT_EQ(count_events(host, "host.cloned"), 1U);

  ASSERT_TRUE(loop_.run(fleet().care().unlock(kActor, host.id), kLimit));
  HandAgent good = arrive(host, third);
  good.expect<wire::Welcome>();
  EXPECT_FALSE(stored(host).locked_at);
}

TEST_F(HostCareTest, ALockedHostIsOfflineAndSaysWhy) {
  const Host host = enrolled_host();
  HandAgent agent = connect(host);
  agent.send(small_set());
  agent.send(heartbeat({1, 1}, {0, 0}));
  agent.expect_acknowledged({1, 1});
  loop_.run_for(Seconds(2));
  ASSERT_EQ(state_of(host), HostState::online);
  ASSERT_TRUE(loop_.run(fleet().care().lock(host.number, "192.0.2.1"), kLimit));
  EXPECT_EQ(agent.closed(), code(net::CloseCode::cloned));
  loop_.run_for(Seconds(3));
  EXPECT_EQ(state_of(host), HostState::offline);
  EXPECT_EQ(row(host).state_reason, "locked");
}

TEST_F(HostCareTest, EnrolledAnewItIsTheSameHostAndTheOldKeyIsWorthless) {
  const Host host = enrolled_host();
  HandAgent agent = connect(host);
  ASSERT_TRUE(loop_.run(fleet().care().lock(host.number, ""), kLimit));
  const auto made = token_for(host);
  ASSERT_TRUE(made);
  const Key256 fresh(std::array<std::uint8_t, 32>{9, 9, 9});
  const auto again = enrol(facts_of(*made, fresh));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->id, host.id);
  EXPECT_EQ(fleet().roster().size(), 1U);
  EXPECT_EQ(count_events(host, "host.re_enrolled"), 1U);
  HandAgent old = dial();
  old.send(hello(old.expect<wire::Challenge>(), host.id.text()));
  EXPECT_EQ(old.closed(), code(net::CloseCode::unauthenticated));
  EXPECT_EQ(fleet().roster().find(host.id)->wrong_key->code, "wrong_key");
  // The answer may have been lost: the same key may ask again, another one may not.
  EXPECT_EQ(enrol(facts_of(*made, fresh))->id, host.id);
  EXPECT_EQ(enrol(facts_of(*made, seed_)).error().reason, "enrolment_token_used");
  seed_ = fresh;
  connect(host);
  EXPECT_FALSE(fleet().roster().find(host.id)->wrong_key);
}

TEST_F(HostCareTest, EnrollingAnewClosesTheLinkOfTheOldKeyWithinASecond) {
  const Host host = enrolled_host();
  HandAgent agent = connect(host);
  const MonoTime before = loop_.now();
  ASSERT_TRUE(enrol(facts_of(*token_for(host), Key256(std::array<std::uint8_t, 32>{7}))));
  EXPECT_EQ(agent.closed(), code(net::CloseCode::unauthenticated));
  EXPECT_LE(loop_.now() - before, Seconds(1));
}

TEST_F(HostCareTest, AHelloThatWasCheckedBeforeTheKeyChangedIsNotWelcome) {
  const Host host = enrolled_host();
  connect(host);
  const auto made = token_for(host);
  HandAgent old = dial();
  wire::Hello one = hello(old.expect<wire::Challenge>(), host.id.text());
  one.inventory.hostname = "other";  // so that its description has to be written
  loop_.set_work_delay("store-writer", {Seconds(2), Seconds(2)});
  old.send(one);
  loop_.run_for(Millis(100));
  ASSERT_TRUE(enrol(facts_of(*made, Key256(std::array<std::uint8_t, 32>{7}))));
  EXPECT_EQ(old.closed(), code(net::CloseCode::unauthenticated));
}

TEST_F(HostCareTest, AnAgentChangesItsKeyAndWhateverIsLostOneOfBothIsGood) {
  const Host host = enrolled_host();
  const Key256 fresh(std::array<std::uint8_t, 32>{8});
  const auto change = [&](const Key256& from) {
    const SigningKey next = make_signing_key(fresh);
    const std::string key(next.public_key.begin(), next.public_key.end());
    const std::string text = wire::key_signing_input(fleet().server_id(), host.id.text(), key);
    const Signature by_old = sign(make_signing_key(from), as_bytes(text));
    const Signature by_new = sign(next, as_bytes(text));
    return wire::KeyChange{key, {by_old.begin(), by_old.end()}, {by_new.begin(), by_new.end()}};
  };
  HandAgent agent = connect(host);
  agent.send(change(seed_));
  EXPECT_EQ(agent.expect<wire::KeyChanged>().public_key, change(seed_).public_key);
  EXPECT_EQ(count_events(host, "host.key_changed"), 1U);
  agent.send(change(seed_));  // it has not heard
  agent.expect<wire::KeyChanged>();
  EXPECT_EQ(count_events(host, "host.key_changed"), 1U);
  HandAgent old = dial();
  old.send(hello(old.expect<wire::Challenge>(), host.id.text()));
  EXPECT_EQ(old.closed(), code(net::CloseCode::unauthenticated));
  seed_ = fresh;
  connect(host);
}

TEST_F(HostCareTest, AKeyThatTheOldOneDidNotSignClosesTheLink) {
  const Host host = enrolled_host();
  HandAgent agent = connect(host);
  agent.send(wire::KeyChange{std::string(32, 'k'), std::string(64, 's'), std::string(64, 's')});
  EXPECT_EQ(agent.closed(), code(net::CloseCode::bad_message));
  EXPECT_EQ(stored(host).public_key, host.public_key);
}

TEST_F(HostCareTest, ARefusedProtocolIsKeptUntilAnAgentIsWelcome) {
  const Host host = enrolled_host();
  HandAgent newer = dial();
  wire::Hello one = hello(newer.expect<wire::Challenge>(), host.id.text());
  one.version = {wire::kVersion.major + 1, 0};
  newer.send(one);
  EXPECT_EQ(newer.closed(), code(net::CloseCode::protocol_unsupported));
  ASSERT_TRUE(stored(host).refusal);
  EXPECT_EQ(stored(host).refusal->code, "protocol");
  EXPECT_NE(stored(host).refusal->detail.find("2.0"), std::string::npos);
  connect(host);
  EXPECT_FALSE(stored(host).refusal);
  EXPECT_FALSE(row(host).refusal);
}

TEST_F(HostCareTest, AnOlderAndANewerMinorAreWelcomeAndUnknownFieldsAreCounted) {
  const Host host = enrolled_host();
  for (const std::uint32_t minor : {0U, wire::kVersion.minor + 1}) {
    HandAgent agent = dial();
    wire::Hello one = hello(agent.expect<wire::Challenge>(), host.id.text());
    one.version.minor = minor;
    std::string bytes = wire::encode(one);
    if (minor > 0) {  // what it adds to its hello: field 100, and the length of the whole in front
      const std::string added("\xa2\x06\x01x", 4);
      ASSERT_LT(bytes.size() + added.size(), 16'384U);
      const std::size_t size = bytes.size() - 3 + added.size();  // a tag and two bytes of length
      bytes[1] = static_cast<char>((size & 0x7f) | 0x80);
      bytes[2] = static_cast<char>(size >> 7);
      bytes += added;
    }
    agent.send_bytes(bytes);
    agent.expect<wire::Welcome>();
  }
  EXPECT_EQ(fleet().gateway_figures().unknown_fields, 1U);
}

TEST_F(HostCareTest, UnitsAndLabelsOfTheAgentAreStoredWithTheHost) {
  const Host host = enrolled_host();
  HandAgent agent = dial();
  wire::Hello one = hello(agent.expect<wire::Challenge>(), host.id.text());
  one.inventory.units = wire::UnitStates{{"ssh.service"}, 3};
  one.inventory.labels = {{"site", "ams"}};
  agent.send(one);
  agent.expect<wire::Welcome>();
  EXPECT_EQ(stored(host).inventory->units, one.inventory.units);
  EXPECT_EQ(stored(host).inventory->labels, one.inventory.labels);
}

}  // namespace
}  // namespace fettle::fleet
