#include "fettle/agent/link.h"

#include "tests/unit/agent/agent_fixture.h"
#include "tests/unit/agent/outbox_model.h"

namespace fettle::agent {
namespace {

/// A segment as another version might have left it: right checksums, and some records that this one cannot
/// send. Three of seven are as they should be.
std::string segment_with_foreign_records() {
  const auto set = make_set();
  std::string content;
  append_frame(content, Frame{.kind = FrameKind::head});
  append_frame(content, {.kind = FrameKind::set, .set_id = set->id, .payload = wire::encode(*set)});
  append_frame(content, {.kind = FrameKind::set, .set_id = 7, .payload = "\xff\xff"});
  wire::Heartbeat too_many = make_heartbeat(4'000);
  too_many.values.push_back(0);
  const auto add = [&](std::uint64_t sequence, wire::Heartbeat heartbeat, std::uint64_t set_id) {
    heartbeat.position = {1, sequence};
    heartbeat.series_set = set_id;
    const std::string payload = wire::encode(wire::Message(std::move(heartbeat)));
    append_frame(content, {.kind = FrameKind::heartbeat,
                           .position = {1, sequence},
                           .sampled_at_ms = static_cast<std::int64_t>(sequence) * 1'000,
                           .set_id = set_id,
                           .payload = payload});
  };
  add(1, make_heartbeat(1'000), set->id);
  append_frame(content, {.kind = FrameKind::heartbeat,
                         .position = {1, 2},
                         .sampled_at_ms = 2'000,
                         .set_id = set->id,
                         .payload = "\xff\xff\xff"});
  add(3, make_heartbeat(3'000), set->id);
  add(4, too_many, set->id);
  add(5, make_heartbeat(5'000), 7);
  append_frame(content, {.kind = FrameKind::heartbeat,
                         .position = {1, 6},
                         .sampled_at_ms = 6'000,
                         .set_id = set->id,
                         .payload = wire::encode(wire::Goodbye{"no heartbeat"})});
  add(7, make_heartbeat(7'000), set->id);
  return content;
}

TEST(Link, ProvesItselfAndSaysWhoItIs) {
  AgentFixture fixture;
  fixture.start_agent();
  ASSERT_TRUE(fixture.wait_until_welcome());
  ASSERT_EQ(fixture.server.hellos.size(), 1U);
  const wire::Hello& hello = fixture.server.hellos[0];
  EXPECT_EQ(hello.host_id, fixture.identity.host_id);
  EXPECT_EQ(hello.agent_version, "1.2.3");
  EXPECT_EQ(hello.boot, 1U);
  EXPECT_EQ(hello.version, wire::kVersion);
  EXPECT_EQ(hello.inventory.hostname, "sim-1");
  EXPECT_EQ(hello.started_at_ms, unix_ms(io::kSimWallStart));
  EXPECT_TRUE(fixture.server.faults.empty());
}

TEST(Link, SaysWhenItIsConnectedAndWhenItIsAgain) {
  AgentFixture fixture;
  fixture.start_agent();
  ASSERT_TRUE(fixture.wait_until_welcome());
  EXPECT_EQ(fixture.sink->count("connected to the server"), 1U);
  fixture.network.cut("host-1");
  ASSERT_TRUE(fixture.loop.run_until([&] { return fixture.server.hellos.size() == 2; }, Seconds(120)));
  ASSERT_TRUE(fixture.wait_until_welcome());
  EXPECT_EQ(fixture.sink->count("the link was closed"), 1U);
  EXPECT_EQ(fixture.sink->count("connected to the server"), 2U);
}

TEST(Link, SendsEachHeartbeatOnceAndInOrder) {
  AgentFixture fixture;
  fixture.start_agent();
  fixture.loop.run_for(Seconds(302));
  EXPECT_NEAR(static_cast<double>(fixture.server.heartbeats.size()), 61, 1);
  EXPECT_EQ(fixture.server.repeated, 0U);
  EXPECT_TRUE(std::ranges::is_sorted(fixture.server.order));
  EXPECT_EQ(fixture.server.faults, std::vector<std::string>{});
  EXPECT_LE(fixture.agent->figures().outbox.waiting, 1U);
}

TEST(Link, ReplaysWithOriginalTimesAfterAPartition) {
  AgentFixture fixture;
  fixture.start_agent();
  fixture.loop.run_for(Seconds(60));
  fixture.network.partition("host-1");
  fixture.loop.run_for(std::chrono::minutes(60));
  fixture.network.heal_all();
  ASSERT_TRUE(fixture.loop.run_until(
      [&] { return fixture.server.committed().sequence + 1 >= fixture.agent->figures().beats; },
      Seconds(90)));
  const auto& beats = fixture.server.heartbeats;
  EXPECT_EQ(beats.size(), beats.rbegin()->first.sequence) << "none was skipped while the link was down";
  std::int64_t last = 0;
  for (const auto& [position, heartbeat] : beats) {
    if (last != 0 && position.sequence > 2) {
      EXPECT_EQ(heartbeat.sampled_at_ms - last, 5000);
    }
    last = heartbeat.sampled_at_ms;
  }
  EXPECT_TRUE(fixture.server.faults.empty()) << fixture.server.faults[0];
}

TEST(Link, KeepsToItsWindow) {
  AgentFixture fixture;
  fixture.start_agent();
  ASSERT_TRUE(fixture.wait_until_welcome());
  fixture.network.set_server(nullptr);
  fixture.network.cut_all();
  fixture.loop.run_for(std::chrono::minutes(30));
  fixture.server.script.acknowledges = false;
  fixture.server.order.clear();
  fixture.server.listen(fixture.network);
  ASSERT_TRUE(fixture.wait_until_welcome());
  fixture.loop.run_for(Seconds(20));
  EXPECT_EQ(fixture.server.order.size(), LinkSession::kWindow);
}

TEST(Link, ReconnectsWhenNothingIsAcknowledged) {
  AgentFixture fixture;
  fixture.server.script.acknowledges = false;
  fixture.start_agent();
  fixture.loop.run_for(Seconds(200));
  EXPECT_GE(fixture.agent->figures().link.dials, 2U);
  EXPECT_NE(fixture.agent->figures().link.last_end.find("does not answer"), std::string::npos);
  fixture.server.script.acknowledges = true;
  EXPECT_TRUE(fixture.wait_until_committed());
}

TEST(Link, GivesUpOnAServerThatSaysNothing) {
  for (const bool has_challenge : {false, true}) {
    AgentFixture fixture;
    fixture.server.script.sends_challenge = has_challenge;
    fixture.server.script.sends_welcome = false;
    fixture.start_agent();
    fixture.loop.run_for(Seconds(40));
    EXPECT_GE(fixture.agent->figures().link.dials, 2U);
    EXPECT_EQ(fixture.agent->figures().link.welcomes, 0U);
    fixture.server.script = {};
    EXPECT_TRUE(fixture.wait_until_committed());
  }
}

TEST(Link, ChangesNothingOnAnAnswerThatMakesNoSense) {
  const std::string wrong[] = {"\xff\xff\xff\xff", "garbage", wire::encode(wire::Ack{{9, 9}}),
                               wire::encode(wire::Settings{1000}), wire::encode(wire::Goodbye{"x"})};
  for (const std::string& message : wrong) {
    for (const bool is_first : {true, false}) {
      AgentFixture fixture;
      (is_first ? fixture.server.script.first_message : fixture.server.script.second_message) = message;
      fixture.start_agent();
      fixture.loop.run_for(Seconds(30));
      EXPECT_EQ(fixture.agent->figures().interval, AgentService::kFirstInterval);
      EXPECT_EQ(fixture.agent->figures().link.welcomes, 0U);
      EXPECT_GE(fixture.agent->figures().link.dials, 2U);
      EXPECT_TRUE(fixture.server.heartbeats.empty());
      fixture.server.script = {};
      ASSERT_TRUE(fixture.wait_until_committed());
      EXPECT_EQ(fixture.server.heartbeats.begin()->first, (wire::Position{1, 1})) << "nothing was dropped";
    }
  }
}

TEST(Link, SendsNothingToAnotherServer) {
  AgentFixture fixture;
  fixture.identity.server_id = "server_2";
  fixture.start_agent();
  fixture.loop.run_for(Seconds(30));
  EXPECT_TRUE(fixture.server.hellos.empty());
  EXPECT_EQ(fixture.agent->figures().link.dials, 1U) << "slow from the first time on";
  fixture.loop.run_for(Seconds(400));
  EXPECT_GE(fixture.agent->figures().link.dials, 2U);
}

TEST(Link, RefusesAChallengeWithoutARealNonce) {
  AgentFixture fixture;
  fixture.server.script.nonce_bytes = 5;
  fixture.start_agent();
  fixture.loop.run_for(Seconds(30));
  EXPECT_TRUE(fixture.server.hellos.empty());
}

TEST(Link, TellsAnotherMajorVersionWhoItIsAndWaitsLong) {
  AgentFixture fixture;
  fixture.server.script.version = {2, 0};
  fixture.server.script.closes_after_hello = net::CloseCode::protocol_unsupported;
  fixture.start_agent();
  fixture.loop.run_for(Seconds(200));
  EXPECT_EQ(fixture.server.hellos.size(), 1U);
  EXPECT_EQ(fixture.agent->figures().link.state, LinkState::waiting);
  fixture.loop.run_for(Seconds(200));
  EXPECT_EQ(fixture.server.hellos.size(), 2U);
  fixture.server.script = {.version = {1, 7}};
  ASSERT_TRUE(fixture.loop.run_until([&] { return fixture.agent->figures().link.state == LinkState::open; },
                                     Seconds(400)))
      << "a minor version apart keeps working";
}

TEST(Link, KeepsTryingSlowlyAndLoudlyWhenRefused) {
  for (const auto code : {net::CloseCode::unauthenticated, net::CloseCode::revoked}) {
    AgentFixture fixture;
    fixture.server.script.closes_after_hello = code;
    fixture.start_agent();
    fixture.loop.run_for(std::chrono::minutes(30));
    EXPECT_GE(fixture.server.hellos.size(), 4U);
    EXPECT_LE(fixture.server.hellos.size(), 31U);
    EXPECT_GE(fixture.sink->count(
                  "the server refuses this host: it was removed, or its key is not known; enrol it again"),
              4U);
  }
}

TEST(Link, TriesSeldomWhileATwinKeepsTakingItsPlace) {
  AgentFixture fixture;
  fixture.server.script.closes_after_hello = net::CloseCode::replaced;
  fixture.start_agent();
  fixture.loop.run_for(std::chrono::minutes(60));
  EXPECT_GT(fixture.server.hellos.size(), kMostReplacements + 5);
  EXPECT_LT(fixture.server.hellos.size(), kMostReplacements + 65) << "at most one in a minute";
  EXPECT_GT(fixture.agent->figures().beats, 100U) << "it goes on measuring";
}

TEST(Link, SaysWhichWelcomeItHeardLast) {
  AgentFixture fixture;
  fixture.server.script.link = 41;
  fixture.start_agent();
  ASSERT_TRUE(fixture.wait_until_welcome());
  fixture.server.close(net::CloseCode::going_away);
  ASSERT_TRUE(fixture.loop.run_until([&] { return fixture.server.hellos.size() == 2; }, Seconds(60)));
  EXPECT_EQ(fixture.server.hellos[0].after_link, 0U);
  EXPECT_EQ(fixture.server.hellos[1].after_link, 41U);
  fixture.stop_agent();
  fixture.start_agent();
  ASSERT_TRUE(fixture.wait_until_welcome());
  EXPECT_EQ(fixture.server.hellos.back().after_link, 0U) << "another process";
}

TEST(Link, ALockedHostTriesSeldomAndGoesOnMeasuring) {
  AgentFixture fixture;
  fixture.server.script.closes_after_hello = net::CloseCode::cloned;
  fixture.start_agent();
  fixture.loop.run_for(std::chrono::minutes(30));
  EXPECT_GE(fixture.server.hellos.size(), 5U);
  EXPECT_LE(fixture.server.hellos.size(), 31U);
  EXPECT_GT(fixture.agent->figures().outbox.waiting, 300U);
  fixture.server.script.closes_after_hello.reset();
  ASSERT_TRUE(fixture.loop.run_until([&] { return fixture.server.is_linked(); }, std::chrono::minutes(6)));
  EXPECT_TRUE(fixture.wait_until_committed());
  EXPECT_TRUE(fixture.server.faults.empty());
}

TEST(Link, AChangeOfKeysThatIsInterruptedAnywhereEndsWithTheNewOne) {
  for (const bool is_stored : {false, true}) {
    AgentFixture fixture;
    fixture.server.script.refuses_wrong_keys = true;
    (is_stored ? fixture.server.script.loses_key_answers : fixture.server.script.loses_new_keys) = true;
    fixture.start_agent();
    ASSERT_TRUE(fixture.wait_until_welcome());
    std::vector<std::string> told;
    const auto note = [&](const Key256& seed) { told.push_back(hex_encode(seed.reveal())); };
    fixture.agent->on_new_key(note);
    const Key256 fresh = make_seed(fixture.random);
    fixture.agent->change_key(fresh);
    fixture.loop.run_for(Seconds(3));
    EXPECT_EQ(fixture.server.key_changes > 0, true);
    // The agent may be killed here too; the next start finds both keys.
    fixture.kill_agent();
    fixture.server.script.loses_key_answers = fixture.server.script.loses_new_keys = false;
    fixture.start_agent();
    fixture.agent->on_new_key(note);
    fixture.agent->change_key(fresh);
    ASSERT_TRUE(fixture.loop.run_until([&] { return !told.empty(); }, std::chrono::minutes(3))) << is_stored;
    EXPECT_EQ(told.back(), hex_encode(fresh.reveal()));
    EXPECT_EQ(fixture.server.key, make_signing_key(fresh).public_key);
    EXPECT_TRUE(fixture.wait_until_committed());
    EXPECT_TRUE(fixture.server.faults.empty());
  }
}

TEST(Link, AServerThatKnowsNoChangesOfKeysIsNotAsked) {
  AgentFixture fixture;
  fixture.server.script.version = {wire::kVersion.major, 0};
  fixture.start_agent();
  ASSERT_TRUE(fixture.wait_until_welcome());
  fixture.agent->change_key(make_seed(fixture.random));
  fixture.loop.run_for(Seconds(20));
  EXPECT_EQ(fixture.server.key_changes, 0U);
  EXPECT_TRUE(fixture.server.is_linked());
}

TEST(Link, IgnoresAcknowledgementsOfWhatWasNotSent) {
  AgentFixture fixture;
  fixture.start_agent();
  ASSERT_TRUE(fixture.wait_until_welcome());
  fixture.server.script.acknowledges = false;
  fixture.loop.run_for(Seconds(20));
  const auto waiting = fixture.agent->figures().outbox.waiting;
  ASSERT_GE(waiting, 3U);
  for (const wire::Position wrong : {wire::Position{1, 1000}, {2, 1}, {~0ULL, ~0ULL}})
    fixture.server.send(wire::Ack{wrong});
  fixture.loop.run_for(Seconds(5));
  EXPECT_EQ(fixture.agent->figures().link.sessions.wrong_acks, 3U);
  EXPECT_GE(fixture.agent->figures().outbox.waiting, waiting);
  fixture.server.send(wire::Ack{{1, 2}});
  fixture.server.send(wire::Ack{{1, 2}});
  fixture.server.send(wire::Ack{{1, 1}});
  fixture.server.send(wire::Ack{});
  fixture.loop.run_for(Seconds(10));
  EXPECT_EQ(fixture.agent->figures().link.dials, 1U) << "repetitions are harmless";
  EXPECT_GE(fixture.agent->figures().outbox.waiting, waiting - 2);
}

TEST(Link, BearsMessagesAtTheWrongTime) {
  AgentFixture fixture;
  fixture.start_agent();
  ASSERT_TRUE(fixture.wait_until_welcome());
  fixture.server.send(wire::Challenge{std::string(32, 'x'), wire::kVersion, "server_1"});
  fixture.server.send(wire::Welcome{});
  fixture.server.send(wire::Unknown{});
  fixture.loop.run_for(Seconds(30));
  EXPECT_EQ(fixture.agent->figures().link.dials, 1U);
  EXPECT_GE(fixture.agent->figures().link.sessions.odd_messages, 2U);
}

TEST(Link, TakesAHigherStartNumberWhenTheServerKnowsMore) {
  AgentFixture fixture;
  fixture.server.base = {40, 17};  // the data folder is a copy of an older one
  fixture.start_agent();
  ASSERT_TRUE(fixture.loop.run_until([&] { return fixture.server.heartbeats.size() > 3; }, Seconds(60)));
  EXPECT_EQ(fixture.server.heartbeats.begin()->first.boot, 41U);
  EXPECT_EQ(fixture.server.hellos.back().boot, 41U);
  fixture.stop_agent();
  fixture.start_agent();
  ASSERT_TRUE(fixture.wait_until_welcome());
  EXPECT_EQ(fixture.server.hellos.back().boot, 42U);
}

// The data folder is an older copy, and the server was away for a while: what was measured meanwhile bears
// numbers that the server takes for known.
TEST(Link, LosesNothingThatWasMeasuredBeforeItHeardThatTheServerKnowsMore) {
  for (const wire::Position base : {wire::Position{40, 17}, {2, 1}, {1, 4}, {1, 100}}) {
    AgentFixture fixture;
    fixture.server.base = base;
    fixture.network.partition("host-1");
    fixture.start_agent();
    fixture.loop.run_for(Seconds(60));
    const std::uint64_t before = fixture.agent->figures().beats;
    ASSERT_GE(before, 10U);
    fixture.network.heal_all();
    ASSERT_TRUE(fixture.wait_until_welcome());
    fixture.loop.run_for(Seconds(20));
    const auto& beats = fixture.server.heartbeats;
    EXPECT_GE(beats.size(), before + 3) << base.boot << "/" << base.sequence;
    EXPECT_EQ(beats.begin()->first, (wire::Position{base.boot + 1, 1}));
    EXPECT_EQ(beats.size(), beats.rbegin()->first.sequence);
    EXPECT_EQ(fixture.server.faults, std::vector<std::string>{});
    std::set<std::int64_t> times;
    for (const auto& [position, heartbeat] : beats) times.insert(heartbeat.sampled_at_ms);
    EXPECT_EQ(times.size(), beats.size()) << "none came twice";
  }
}

TEST(Link, PassesOverRecordsThatItCannotSend) {
  AgentFixture fixture;
  io::SimFiles files(fixture.disk);
  ASSERT_TRUE(files.make_folders("/data/outbox"));
  ASSERT_TRUE(files.write_atomically(segment_path("/data/outbox", 1), segment_with_foreign_records()));
  fixture.start_agent();
  fixture.loop.run_for(Seconds(30));
  EXPECT_EQ(fixture.agent->figures().link.dials, 1U);
  EXPECT_EQ(fixture.server.faults, std::vector<std::string>{});
  std::set<std::uint64_t> old;
  for (const auto& [position, heartbeat] : fixture.server.heartbeats) {
    if (position.boot == 1) old.insert(position.sequence);
  }
  EXPECT_EQ(old, (std::set<std::uint64_t>{1, 3, 7}));
  EXPECT_GE(fixture.server.committed(), (wire::Position{2, 5})) << "what came after is not held up";
  fixture.network.cut_all();
  ASSERT_TRUE(fixture.loop.run_until([&] { return fixture.server.hellos.size() > 1; }, Seconds(60)));
  EXPECT_EQ(fixture.server.hellos.back().outbox_dropped, 4U);
}

TEST(Link, CountsOnceWhatItPassesOverAgainAndAgain) {
  AgentFixture fixture;
  io::SimFiles files(fixture.disk);
  ASSERT_TRUE(files.make_folders("/data/outbox"));
  ASSERT_TRUE(files.write_atomically(segment_path("/data/outbox", 1), segment_with_foreign_records()));
  fixture.server.script.acknowledges = false;
  fixture.server.script.welcome_position = wire::Position{};
  fixture.start_agent();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(fixture.wait_until_welcome());
    fixture.loop.run_for(Seconds(5));
    fixture.network.cut_all();
    fixture.loop.run_for(Seconds(1));
  }
  ASSERT_TRUE(fixture.wait_until_welcome());
  EXPECT_EQ(fixture.server.hellos.back().outbox_dropped, 4U);
}

TEST(Link, DoesNotBelieveAnImpossibleStartNumber) {
  AgentFixture fixture;
  fixture.server.script.welcome_position = wire::Position{~0ULL, ~0ULL};
  fixture.start_agent();
  fixture.loop.run_for(Seconds(60));
  EXPECT_EQ(fixture.agent->figures().link.welcomes, 0U);
  fixture.server.script = {};
  ASSERT_TRUE(fixture.wait_until_committed());
  EXPECT_EQ(fixture.server.heartbeats.begin()->first, (wire::Position{1, 1}));
}

TEST(Link, SpreadsAFleetThatLostItsServer) {
  AgentFixture fixture;
  std::vector<std::unique_ptr<AgentService>> fleet;
  for (int host = 0; host < 200; ++host) {
    Identity identity = fixture.identity;
    const std::string name = "fleet-" + std::to_string(host);
    fleet.push_back(std::make_unique<AgentService>(
        AgentWorld{fixture.loop, fixture.clock, fixture.random, fixture.network.dialer(name),
                   fixture.decoder},
        fixture.log, identity, "1", std::make_unique<SimSensor>(fixture.clock, SimHost{.name = name}),
        std::make_unique<MemoryOutbox>(1)));
    ASSERT_TRUE(fixture.loop.run(fleet.back()->start()));
  }
  fixture.network.set_server(nullptr);
  fixture.network.cut_all();
  std::vector<std::uint64_t> each_second;
  for (int second = 0; second < 60; ++second) {
    const auto before = fixture.network.dials();
    fixture.loop.run_for(Seconds(1));
    each_second.push_back(fixture.network.dials() - before);
  }
  EXPECT_LE(*std::max_element(each_second.begin() + 15, each_second.end()), 60U);
  for (auto& agent : fleet) fixture.loop.run(agent->stop(fixture.clock.mono_now()));
}

}  // namespace
}  // namespace fettle::agent
