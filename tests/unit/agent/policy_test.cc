// A server that turns hostile gets no further than the policy of the host (S1): whatever it sends, in
// whatever order, the agent's interval stays where the policy has it, and nothing but measuring and sending
// happens.
#include <gtest/gtest.h>

#include "tests/unit/agent/agent_fixture.h"

namespace fettle::agent {
namespace {

TEST(Policy, TheNearestAllowedIntervalCounts) {
  const HeartbeatPolicy policy{.fastest = Millis(2'000), .slowest = Millis(10'000)};
  EXPECT_EQ(decide_allowed_interval(policy, Millis(1'000)), Millis(2'000));
  EXPECT_EQ(decide_allowed_interval(policy, Millis(2'000)), Millis(2'000));
  EXPECT_EQ(decide_allowed_interval(policy, Millis(5'000)), Millis(5'000));
  EXPECT_EQ(decide_allowed_interval(policy, Millis(60'000)), Millis(10'000));
  EXPECT_EQ(decide_allowed_interval({.fastest = Millis(9'000), .slowest = Millis(3'000)}, Millis(5'000)),
            Millis(9'000))
      << "one that makes no sense asks for less, never for more";
}

TEST(Policy, HoldsFromTheFirstHeartbeatOn) {
  AgentFixture fixture;
  fixture.policy.heartbeat = {.fastest = Millis(20'000), .slowest = Millis(30'000)};
  fixture.start_agent();
  EXPECT_EQ(fixture.agent->figures().interval, Millis(20'000));
  fixture.server.settings.heartbeat_interval_ms = 1'000;
  ASSERT_TRUE(fixture.wait_until_welcome());
  fixture.loop.run_for(std::chrono::minutes(10));
  EXPECT_LE(fixture.agent->figures().beats, 10 * 60 / 20 + 2U);
  fixture.server.send(wire::Settings{60'000});
  fixture.loop.run_for(Seconds(1));
  EXPECT_EQ(fixture.agent->figures().interval, Millis(30'000));
}

std::string random_bytes(io::SimRandom& random, std::size_t most) {
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(random.below(most + 1)));
  random.fill(bytes);
  return {bytes.begin(), bytes.end()};
}

/// An envelope with any kind, known or not, and any body.
std::string random_envelope(io::SimRandom& random) {
  const std::string body = random_bytes(random, 60);
  std::string out;
  const auto append_varint = [&out](std::uint64_t number) {
    for (; number > 0x7F; number >>= 7) out += static_cast<char>((number & 0x7F) | 0x80);
    out += static_cast<char>(number);
  };
  append_varint((1 + random.below(40)) << 3 | 2);
  append_varint(body.size());
  return out + body;
}

wire::Message random_message(io::SimRandom& random) {
  switch (random.below(8)) {
    case 0:
      return wire::Settings{static_cast<std::uint32_t>(random.below(70'000))};
    case 1:
      return wire::Settings{static_cast<std::uint32_t>(random.below(std::uint64_t{1} << 32))};
    case 2:
      return wire::Ack{{random.below(4), random.below(1'000)}};
    case 3:
      return wire::Welcome{
          {random.below(3), random.below(50)}, {static_cast<std::uint32_t>(random.below(100'000))}, 0};
    case 4:
      return wire::Challenge{
          random_bytes(random, 64), {static_cast<std::uint32_t>(random.below(3)), 0}, "server_1"};
    case 5:
      return wire::Goodbye{random_bytes(random, 100)};
    case 6:
      return wire::Hello{};
    default:
      return wire::Heartbeat{};
  }
}

/// Every file that the agent may have, by what its name begins with.
void expect_only_own_files(AgentFixture& fixture) {
  for (const char* folder : {"/", "/data", "/etc", "/tmp"}) {
    const auto names = fixture.disk.names_in(folder).value_or(std::vector<std::string>{});
    for (const std::string& name : names) EXPECT_TRUE(name == "data" || name == "outbox") << folder << name;
  }
}

TEST(Policy, AHostileServerGetsNoFurther) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    AgentFixture fixture(seed);
    io::SimRandom random(seed);
    fixture.policy.heartbeat = {.fastest = Millis(4'000), .slowest = Millis(9'000)};
    fixture.server.checks_chain = false;
    fixture.start_agent();
    const MonoTime began = fixture.clock.mono_now();
    for (int round = 0; round < 200; ++round) {
      random.chance(50) ? fixture.server.send(random_message(random))
                        : fixture.server.send_bytes(random.chance(50) ? random_envelope(random)
                                                                      : random_bytes(random, 200));
      if (random.chance(2)) fixture.server.close(net::CloseCode::bad_message);
      if (random.chance(20)) fixture.loop.run_for(Millis(random.below(3'000)));
      const Millis interval = fixture.agent->figures().interval;
      ASSERT_GE(interval, Millis(4'000));
      ASSERT_LE(interval, Millis(9'000));
    }
    const auto passed = std::chrono::floor<Millis>(fixture.clock.mono_now() - began).count();
    // Each change of the interval may bring one heartbeat forward to the next place of the new grid.
    EXPECT_LE(fixture.agent->figures().beats, static_cast<std::uint64_t>(passed / 4'000 + 202));
    expect_only_own_files(fixture);
    EXPECT_EQ(fixture.identity.server_url, "http://server");
    // It has not given up on its server, nor lost what it measured meanwhile.
    fixture.server.script = {};
    fixture.loop.run_for(std::chrono::minutes(20));
    EXPECT_TRUE(fixture.wait_until_committed());
  }
}

}  // namespace
}  // namespace fettle::agent
