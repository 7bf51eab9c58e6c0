// From a heartbeat to a condition and back, on a simulated server.
#include "fettle/fleet/host_watcher.h"

#include "tests/unit/fleet/fleet_fixture.h"

namespace fettle::fleet {
namespace {

constexpr std::int64_t kGib = std::int64_t{1} << 30;

class HostWatcherTest : public FleetTest {
 protected:
  static wire::SeriesSet disk_set() {
    wire::SeriesSet set;
    set.boot_id = "boot-a";
    set.series = {{"mount.used", "/", wire::SeriesKind::gauge},
                  {"mount.available", "/", wire::SeriesKind::gauge},
                  {"load.5", "", wire::SeriesKind::gauge}};
    set.id = wire::series_set_id(set);
    return set;
  }
  HandAgent online(const Host& host) {
    HandAgent agent = connect(host);
    agent.send(disk_set());
    position_ = welcome_.acknowledged;
    return agent;
  }
  /// A heartbeat every 5 s, for so long, with the disk so full.
  void beat(HandAgent& agent, double percent, Seconds length) {
    for (Seconds passed{0}; passed < length; passed += Seconds(5)) {
      const wire::Position next{1, position_.sequence + 1};
      wire::Heartbeat message = heartbeat(next, position_);
      message.series_set = disk_set().id;
      const auto used = static_cast<std::int64_t>(percent / 100 * static_cast<double>(100 * kGib));
      message.values = {used, 100 * kGib - used, 50};
      agent.send(message);
      agent.expect_acknowledged(next);
      position_ = next;
      loop_.run_for(Seconds(5));
    }
  }
  std::string open(const Host& host, std::string kind = "disk.space", std::string target = "/") {
    const events::Condition* found = server_->conditions.find(
        {.source_id = host.id.text(), .kind = std::move(kind), .target = std::move(target)});
    if (found == nullptr) return "";
    return found->severity == events::ConditionSeverity::error ? "error" : "warning";
  }
  std::vector<std::string> in_sight(const Host& host) {
    std::vector<std::string> out;
    for (const events::Condition* one : server_->conditions.in_sight({host.environment}))
      out.push_back(one->key.kind);
    return out;
  }
  void restart() {
    network_.cut_all();
    loop_.run(server_->stop(), kLimit);
    server_.reset();
    server_ = std::make_unique<sim::SimServer>(loop_, clock_, disk_, loop_.random().stream(++lives_), log_);
    ASSERT_TRUE(loop_.run(server_->start(), kLimit));
  }
  Threshold threshold(const Host& host, std::optional<double> warning, std::optional<bool> is_watched = {}) {
    Threshold out;
    out.environment = host.environment;
    out.host = host.id;
    out.kind = WatchKindId::disk_space;
    out.warning = warning;
    out.is_watched = is_watched;
    out.hold_seconds = 0;
    return out;
  }
  static inline const access::Actor kAda{"person", "person_1", "ada", ""};
  wire::Position position_;
  std::uint64_t lives_ = 100;
};

using Sight = std::vector<std::string>;

TEST_F(HostWatcherTest, ADiskThatFillsUpOpensWorsensAndCloses) {
  const Host host = enrolled_host();
  HandAgent agent = online(host);
  beat(agent, 50, Seconds(30));
  beat(agent, 90, Seconds(55));
  EXPECT_EQ(open(host), "") << "it must hold for a minute";
  beat(agent, 90, Seconds(15));
  EXPECT_EQ(open(host), "warning");
  beat(agent, 97, Seconds(70));
  EXPECT_EQ(open(host), "error");
  beat(agent, 50, Seconds(70));
  EXPECT_EQ(open(host), "");
  for (const char* type :
       {"condition.opened", "condition.worsened", "condition.improved", "condition.closed"})
    EXPECT_LE(count_events(host, type), 1U) << type;
  EXPECT_EQ(count_events(host, "condition.opened"), 1U);
  EXPECT_EQ(count_events(host, "condition.closed"), 1U);
}

TEST_F(HostWatcherTest, AnOpenConditionShowsTheValueAndTheLimitOfNow) {
  const Host host = enrolled_host();
  HandAgent agent = online(host);
  const auto message = [&] {
    return server_->conditions.find({.source_id = host.id.text(), .kind = "disk.space", .target = "/"})
        ->message;
  };
  beat(agent, 50, Seconds(30));
  beat(agent, 90, Seconds(70));
  ASSERT_EQ(open(host), "warning");
  EXPECT_EQ(message(), "/ is 90 % full (limit 85 %)");
  beat(agent, 92, Seconds(70));
  EXPECT_EQ(message(), "/ is 92 % full (limit 85 %)");
  ASSERT_TRUE(loop_.run(fleet().thresholds().add(kAda, threshold(host, 80)), kLimit));
  beat(agent, 93, Seconds(70));
  EXPECT_EQ(message(), "/ is 93 % full (limit 80 %)");
  EXPECT_EQ(count_events(host, "condition.opened"), 1U);
}

TEST_F(HostWatcherTest, NothingOpensInTheFirstThreeIntervalsAfterAStart) {
  const Host host = enrolled_host();
  HandAgent agent = online(host);
  ASSERT_TRUE(loop_.run(fleet().thresholds().add(kAda, threshold(host, 1)), kLimit));
  beat(agent, 50, Seconds(10));
  EXPECT_EQ(open(host), "");
  beat(agent, 50, Seconds(15));
  EXPECT_EQ(open(host), "warning");
}

TEST_F(HostWatcherTest, AnOverrideCountsAtOnceAndOneThatSwitchesItOffCloses) {
  const Host host = enrolled_host();
  HandAgent agent = online(host);
  beat(agent, 50, Seconds(30));
  auto made = loop_.run(fleet().thresholds().add(kAda, threshold(host, 40)), kLimit);
  ASSERT_TRUE(made);
  EXPECT_FALSE(loop_.run(fleet().thresholds().add(kAda, threshold(host, 30)), kLimit)) << "one of a kind";
  beat(agent, 50, Seconds(10));
  EXPECT_EQ(open(host), "warning");
  auto off = threshold(host, {}, false);
  off.id = made->id;
  ASSERT_TRUE(loop_.run(fleet().thresholds().change(kAda, off, made->version), kLimit));
  EXPECT_FALSE(loop_.run(fleet().thresholds().change(kAda, off, made->version), kLimit))
      << "another version by now";
  beat(agent, 50, Seconds(10));
  EXPECT_EQ(open(host), "");
  restart();
  ASSERT_EQ(fleet().thresholds().all().size(), 1U);
  EXPECT_EQ(fleet().thresholds().all()[0].is_watched, false);
}

TEST_F(HostWatcherTest, AHostThatIsOfflineHasThatOneConditionAndNoOthers) {
  const Host host = enrolled_host();
  HandAgent agent = online(host);
  beat(agent, 90, Seconds(90));
  ASSERT_EQ(in_sight(host), Sight{"disk.space"});
  loop_.run_for(Seconds(60));
  EXPECT_EQ(in_sight(host), Sight{"host.offline"});
  EXPECT_EQ(count_events(host, "condition.opened"), 1U) << "host.offline is its own event";
  loop_.run_for(Seconds(700));
  EXPECT_EQ(open(host, "host.offline", ""), "error");
  beat(agent, 90, Seconds(10));
  EXPECT_EQ(in_sight(host), Sight{"disk.space"}) << "it is back, and so is what was known of it";
  EXPECT_EQ(count_events(host, "condition.opened"), 1U);
}

TEST_F(HostWatcherTest, WhatIsOpenAndSeenSurvivesARestart) {
  const Host host = enrolled_host();
  HandAgent agent = online(host);
  beat(agent, 90, Seconds(90));
  const events::ConditionKey key{.source_id = host.id.text(), .kind = "disk.space", .target = "/"};
  const ConditionId id = server_->conditions.find(key)->id;
  events::Acknowledgement seen{"person_1", "ada", "new disk is ordered", clock_.wall_now(), {}};
  ASSERT_TRUE(loop_.run(server_->conditions.acknowledge(kAda, id, seen), kLimit));
  restart();
  HandAgent again = online(host);
  beat(again, 90, Seconds(60));
  ASSERT_EQ(open(host), "warning");
  EXPECT_EQ(server_->conditions.find(key)->id, id);
  EXPECT_TRUE(server_->conditions.find(key)->acknowledgement);
  EXPECT_EQ(count_events(host, "condition.opened"), 1U);
  beat(again, 50, Seconds(90));
  EXPECT_EQ(open(host), "");
}

TEST_F(HostWatcherTest, AHostThatIsRemovedTakesItsConditionsAndOverridesWithIt) {
  const Host host = enrolled_host();
  HandAgent agent = online(host);
  ASSERT_TRUE(loop_.run(fleet().thresholds().add(kAda, threshold(host, 40)), kLimit));
  beat(agent, 50, Seconds(40));
  ASSERT_EQ(open(host), "warning");
  ASSERT_TRUE(loop_.run(fleet().remove(kAda, host.id), kLimit));
  loop_.run_for(Seconds(2));
  EXPECT_EQ(open(host), "");
  EXPECT_TRUE(fleet().thresholds().all().empty());
  restart();
  EXPECT_TRUE(in_sight(host).empty());
  EXPECT_TRUE(fleet().thresholds().all().empty());
}

TEST_F(HostWatcherTest, AStoppedAgentIsNoConditionUntilItIsForgotten) {
  const Host host = enrolled_host();
  HandAgent agent = online(host);
  beat(agent, 50, Seconds(30));
  agent.send(wire::Goodbye{});
  loop_.run_for(Seconds(60));
  ASSERT_EQ(state_of(host), HostState::offline);
  EXPECT_TRUE(in_sight(host).empty());
  loop_.run_for(Seconds(600));
  EXPECT_EQ(in_sight(host), Sight{"host.offline"});
  EXPECT_EQ(open(host, "host.offline", ""), "warning");
}

TEST_F(HostWatcherTest, ARebootThatNobodyAskedForIsAConditionUntilSomeoneHasSeenIt) {
  const Host host = enrolled_host();
  HandAgent agent = online(host);
  beat(agent, 50, Seconds(30));
  network_.cut_all();
  HandAgent again = dial();
  wire::Hello other = hello(again.expect<wire::Challenge>(), host.id.text());
  other.boot = 2;
  other.inventory.boot_id = "boot-b";
  again.send(other);
  again.expect<wire::Welcome>();
  loop_.run_for(Seconds(2));
  EXPECT_EQ(open(host, "host.rebooted", ""), "warning");
  EXPECT_EQ(count_events(host, "host.rebooted"), 1U);
  EXPECT_EQ(count_events(host, "condition.opened"), 0U);
}

TEST_F(HostWatcherTest, CountsOfHostsFollowTheirStates) {
  const Host host = enrolled_host();
  const auto counts = [&] { return fleet().roster().counts({host.environment}); };
  EXPECT_EQ(counts(), (std::array<std::uint64_t, 4>{1, 0, 0, 0}));
  HandAgent agent = online(host);
  beat(agent, 50, Seconds(10));
  EXPECT_EQ(counts(), (std::array<std::uint64_t, 4>{0, 1, 0, 0}));
  loop_.run_for(Seconds(60));
  EXPECT_EQ(counts(), (std::array<std::uint64_t, 4>{0, 0, 0, 1}));
  ASSERT_TRUE(loop_.run(fleet().remove(kAda, host.id), kLimit));
  EXPECT_EQ(counts(), (std::array<std::uint64_t, 4>{0, 0, 0, 0}));
}

}  // namespace
}  // namespace fettle::fleet
