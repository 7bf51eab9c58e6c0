#include "fettle/agent/agent_service.h"

#include "tests/unit/agent/agent_fixture.h"

namespace fettle::agent {
namespace {

std::vector<std::int64_t> times_of(const FakeServer& server) {
  std::vector<std::int64_t> times;
  for (const auto& [position, heartbeat] : server.heartbeats) times.push_back(heartbeat.sampled_at_ms);
  return times;
}

TEST(AgentService, BeatsOnTheGridOfItsHost) {
  AgentFixture fixture;
  fixture.start_agent();
  fixture.loop.run_for(Seconds(60));
  const auto first = times_of(fixture.server);
  fixture.stop_agent();
  fixture.loop.run_for(Millis(12'345));
  fixture.start_agent();
  fixture.loop.run_for(Seconds(60));
  std::set<std::int64_t> places;
  const auto all = times_of(fixture.server);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool is_first_of_a_start = i == 0 || i == first.size();
    if (!is_first_of_a_start) places.insert(all[i] % 5000);
  }
  EXPECT_EQ(places.size(), 1U) << "the same place after a restart";
}

/// Counts how often somebody lies down to sleep.
class CountingClock final : public io::Clock {
 public:
  explicit CountingClock(io::Clock& inner) : inner_(inner) {}
  [[nodiscard]] WallTime wall_now() const override { return inner_.wall_now(); }
  [[nodiscard]] MonoTime mono_now() const override { return inner_.mono_now(); }
  Task<void> sleep_until(MonoTime due) override {
    ++sleeps;
    return inner_.sleep_until(due);
  }
  std::uint64_t sleeps = 0;

 private:
  io::Clock& inner_;
};

TEST(AgentService, SleepsBetweenHeartbeats) {
  AgentFixture fixture;
  fixture.server.settings.heartbeat_interval_ms = 60'000;
  fixture.files = std::make_unique<io::SimFiles>(fixture.disk);
  CountingClock clock(fixture.clock);
  fixture.agent = std::make_unique<AgentService>(
      AgentWorld{fixture.loop, clock, fixture.random, fixture.network.dialer("host-1"), fixture.decoder},
      fixture.log, fixture.identity, "1.2.3", std::make_unique<SimSensor>(clock, SimHost{.seed = 5}),
      std::make_unique<FileOutbox>(fixture.loop, clock, fixture.log, *fixture.files, "/data/outbox"));
  ASSERT_TRUE(fixture.loop.run(fixture.agent->start()));
  fixture.loop.run_for(Seconds(200));
  const std::uint64_t beats_before = fixture.agent->figures().beats;
  const std::uint64_t sleeps_before = clock.sleeps;
  fixture.loop.run_for(std::chrono::minutes(20));
  const std::uint64_t beats = fixture.agent->figures().beats - beats_before;
  ASSERT_GE(beats, 19U);
  EXPECT_LE(clock.sleeps - sleeps_before, 3 * beats + 3)
      << "the next one, the disk's sync, a look at the link";
  fixture.stop_agent();  // before its clock goes
}

TEST(AgentService, TakesANewIntervalAtOnce) {
  AgentFixture fixture;
  fixture.server.settings.heartbeat_interval_ms = 60'000;
  fixture.start_agent();
  fixture.loop.run_for(Seconds(300));
  EXPECT_EQ(fixture.agent->figures().interval, Seconds(60));
  EXPECT_LE(fixture.agent->figures().beats, 7U);
  const auto before = fixture.agent->figures().beats;
  fixture.server.send(wire::Settings{1000});
  fixture.loop.run_for(Seconds(10));
  EXPECT_GE(fixture.agent->figures().beats - before, 9U);
  EXPECT_LE(fixture.agent->figures().beats - before, 10U);
  const auto fast = fixture.agent->figures().beats;
  fixture.server.send(wire::Settings{30'000});
  fixture.loop.run_for(Seconds(60));
  EXPECT_LE(fixture.agent->figures().beats - fast, 3U);
  for (const std::uint32_t wrong : {0U, 999U, 60'001U}) fixture.server.send(wire::Settings{wrong});
  fixture.loop.run_for(Seconds(5));
  EXPECT_EQ(fixture.agent->figures().interval, Seconds(30)) << "the last good one stays";
}

TEST(AgentService, BearsAServerThatKeepsChangingTheInterval) {
  AgentFixture fixture;
  fixture.start_agent();
  ASSERT_TRUE(fixture.wait_until_welcome());
  for (int i = 0; i < 500; ++i) {
    fixture.server.send(wire::Settings{i % 2 == 0 ? 60'000U : 1'000U});
    fixture.loop.run_for(Millis(10));
  }
  EXPECT_LE(fixture.agent->figures().beats, 10U) << "a change is no heartbeat";
  fixture.loop.run_for(Seconds(30));
  EXPECT_GE(fixture.agent->figures().beats, 29U);
}

TEST(AgentService, BearsClockSteps) {
  AgentFixture fixture;
  fixture.start_agent();
  fixture.loop.run_for(Seconds(20));
  std::int64_t last_monotonic = 0;
  for (const std::int64_t step_s : {3600, -7200, 2, -1, 86'400 * 400, -86'400 * 500}) {
    const auto before = fixture.agent->figures().beats;
    fixture.clock.step_wall(Seconds(step_s));
    fixture.loop.run_for(Seconds(60));
    EXPECT_GE(fixture.agent->figures().beats - before, 11U) << step_s;
    EXPECT_LE(fixture.agent->figures().beats - before, 14U) << step_s;
  }
  for (const auto& [position, heartbeat] : fixture.server.heartbeats) {
    EXPECT_GT(heartbeat.monotonic_ms, last_monotonic);
    last_monotonic = heartbeat.monotonic_ms;
  }
}

TEST(AgentService, SendsTheInventoryOnlyWhenItChanged) {
  AgentFixture fixture;
  fixture.start_agent();
  fixture.loop.run_for(Seconds(30));
  fixture.sim_sensor->reboot();
  fixture.loop.run_for(Seconds(30));
  std::uint64_t with_inventory = 0;
  for (const auto& [position, heartbeat] : fixture.server.heartbeats)
    with_inventory += heartbeat.inventory ? 1U : 0U;
  EXPECT_EQ(with_inventory, 1U);
  EXPECT_TRUE(fixture.server.faults.empty()) << "the new series set came before its first use";
}

TEST(AgentService, SendsWhatIsLeftAndSaysGoodbye) {
  AgentFixture fixture;
  fixture.server.script.commit_delay = Millis(800);
  fixture.start_agent();
  ASSERT_TRUE(fixture.wait_until_welcome());
  fixture.loop.run_for(Millis(20'100));
  const auto beats = fixture.agent->figures().beats;
  fixture.stop_agent();
  EXPECT_EQ(fixture.server.goodbyes, std::vector<std::string>{"stopped"});
  EXPECT_EQ(fixture.server.heartbeats.size(), beats);
}

TEST(AgentService, StopsInTimeWhateverTheNetworkDoes) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    AgentFixture fixture(seed);
    io::SimRandom random(seed);
    fixture.server.script.sends_welcome = random.chance(70);
    fixture.server.script.acknowledges = random.chance(60);
    fixture.start_agent();
    fixture.loop.run_for(Millis(static_cast<std::int64_t>(random.below(30'000))));
    if (random.chance(40)) fixture.network.partition("host-1");
    fixture.loop.run_for(Millis(static_cast<std::int64_t>(random.below(5'000))));
    const MonoTime before = fixture.loop.now();
    fixture.stop_agent(Seconds(3));
    ASSERT_LE(fixture.loop.now() - before, Seconds(12)) << "seed " << seed;
  }
}

TEST(AgentService, KeepsMeasuringOnAFullDisk) {
  AgentFixture fixture;
  fixture.start_agent();
  fixture.loop.run_for(Seconds(20));
  fixture.disk.set_capacity(0);
  fixture.loop.run_for(Seconds(200));
  EXPECT_GE(fixture.server.heartbeats.size(), 40U) << "from memory";
  fixture.stop_agent();
  fixture.start_agent();
  fixture.loop.run_for(Seconds(60));
  EXPECT_GE(fixture.server.heartbeats.size(), 50U) << "a start on a full disk too";
  EXPECT_EQ(fixture.server.faults, std::vector<std::string>{});
}

// Everything at once: cuts, repetitions, disorder, partitions, kills of both sides, clock steps, a full disk.
// What the server committed is a superset of what must not be lost; positions are never reused for other
// content; when all is healed the rest arrives.
TEST(AgentService, LosesNothingThatItMayNotLose) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    AgentFixture fixture(seed, {.cut = 1, .duplicated = 1, .reordered = 1, .refused = 20});
    fixture.server.checks_chain = false;
    io::SimRandom random(seed + 1000);
    fixture.start_agent();
    bool was_killed = false;
    bool was_full = false;
    for (int step = 0; step < 40; ++step) {
      switch (random.below(10)) {
        case 0:
          fixture.network.partition("host-1");
          break;
        case 1:
          fixture.network.heal_all();
          break;
        case 2:
          fixture.network.cut_all();
          break;
        case 3:
          fixture.stop_agent(Seconds(2));
          fixture.start_agent();
          break;
        case 4:
          if (!random.chance(30)) break;
          fixture.kill_agent();
          fixture.start_agent();
          was_killed = true;
          break;
        case 5:
          fixture.server.script.acknowledges = random.chance(60);
          break;
        case 6:
          if (!random.chance(20)) break;
          fixture.disk.set_capacity(fixture.disk.used() + random.below(3000));
          was_full = true;
          break;
        case 7:
          fixture.disk.set_capacity(std::nullopt);
          break;
        case 8:
          fixture.clock.step_wall(Seconds(static_cast<std::int64_t>(random.below(100))) - Seconds(50));
          break;
        default:
          break;
      }
      fixture.loop.run_for(Millis(static_cast<std::int64_t>(random.below(60'000))));
    }
    fixture.network.heal_all();
    fixture.network.set_faults({});
    fixture.disk.set_capacity(std::nullopt);
    fixture.server.script = {};
    const bool is_committed = fixture.wait_until_committed(std::chrono::minutes(10));
    const AgentFigures figures = fixture.agent->figures();
    ASSERT_TRUE(is_committed) << "seed " << seed << " waiting " << figures.outbox.waiting << " link "
                              << static_cast<int>(figures.link.state) << " " << figures.link.last_end;
    fixture.stop_agent(Seconds(10));
    EXPECT_TRUE(fixture.server.faults.empty()) << "seed " << seed << ": " << fixture.server.faults[0];

    // Within one start every number up to the highest is there, unless power or disk were taken away.
    std::map<std::uint64_t, std::uint64_t> highest, count;
    for (const auto& [position, heartbeat] : fixture.server.heartbeats) {
      highest[position.boot] = std::max(highest[position.boot], position.sequence);
      ++count[position.boot];
    }
    if (!was_killed && !was_full) {
      for (const auto& [boot, last] : highest)
        EXPECT_EQ(count[boot], last) << "seed " << seed << " boot " << boot;
    }
  }
}

TEST(AgentService, IsTheSameRunForTheSameSeed) {
  const auto hash_of = [](std::uint64_t seed) {
    AgentFixture fixture(seed, {.cut = 2, .refused = 10});
    fixture.start_agent();
    fixture.loop.run_for(Seconds(120));
    fixture.network.cut_all();
    fixture.loop.run_for(Seconds(120));
    fixture.loop.trace(fixture.disk.content_hash());
    fixture.loop.trace(fixture.server.heartbeats.size());
    return fixture.loop.trace_hash();
  };
  EXPECT_EQ(hash_of(5), hash_of(5));
  EXPECT_NE(hash_of(5), hash_of(6));
}

}  // namespace
}  // namespace fettle::agent
