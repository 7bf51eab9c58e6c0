#include "fettle/fleet/presence.h"

#include "tests/unit/fleet/fleet_fixture.h"

namespace fettle::fleet {
namespace {

using net::CloseCode;

class PresenceTest : public FleetTest {
 protected:
  /// An agent whose first heartbeat is acknowledged and shown.
  HandAgent online_agent(const Host& host) {
    HandAgent agent = connect(host);
    agent.send(small_set());
    agent.send(heartbeat({1, 1}, {0, 0}));
    agent.expect_acknowledged({1, 1});
    loop_.run_for(Seconds(1));
    EXPECT_EQ(state_of(host), HostState::online);
    return agent;
  }
  bool can_write() { return make_token().has_value(); }
};

TEST_F(PresenceTest, AServerThatStoodStillSaysNothingOfHostsThatItCouldNotHear) {
  const Host host = enrolled_host();
  HandAgent agent = online_agent(host);
  loop_.pass_time(Seconds(20));  // stopped, or its machine suspended: nothing ran
  agent.send(heartbeat({1, 2}, {1, 1}));
  agent.expect_acknowledged({1, 2});
  loop_.run_for(Seconds(2));
  EXPECT_EQ(state_of(host), HostState::online);
  EXPECT_EQ(count_events(host, "host.offline"), 0U);
  loop_.run_for(Seconds(20));  // and heard since then, it has no pause of its agent to wait for
  EXPECT_EQ(state_of(host), HostState::offline) << "real silence is found all the same";
}

TEST_F(PresenceTest, AHostThatWasOfflineDoesNotComeBackBecauseTheServerStoodStill) {
  const Host host = enrolled_host();
  online_agent(host);
  loop_.run_for(Seconds(60));
  ASSERT_EQ(state_of(host), HostState::offline);
  loop_.pass_time(Seconds(20));
  loop_.run_for(Seconds(60));
  EXPECT_EQ(state_of(host), HostState::offline);
  EXPECT_EQ(count_events(host, "host.online"), 1U);
}

TEST_F(PresenceTest, AFullDiskMakesNobodyLateOrOffline) {
  const Host host = enrolled_host();
  online_agent(host);
  for (int i = 0; i < 100 && can_write(); ++i) disk_.set_capacity(disk_.used());
  ASSERT_TRUE(server_->store.figures().disk_full);
  for (int i = 0; i < 2; ++i) {  // its agent tries again with longer and longer pauses
    HandAgent agent = connect(host);
    agent.send(small_set());
    agent.send(heartbeat({1, 2}, {1, 1}));
    EXPECT_EQ(agent.closed(), static_cast<std::uint16_t>(CloseCode::try_later));
    loop_.run_for(Seconds(13));
    EXPECT_EQ(state_of(host), HostState::online);
  }
  ASSERT_TRUE(server_->store.figures().disk_full);
  loop_.run_for(Seconds(10));
  disk_.set_capacity({});
  loop_.run_for(Seconds(5));
  ASSERT_FALSE(server_->store.figures().disk_full);
  EXPECT_EQ(state_of(host), HostState::online);
  HandAgent agent = connect(host);
  agent.send(small_set());
  agent.send(heartbeat({1, 2}, {1, 1}));
  agent.expect_acknowledged({1, 2});
  loop_.run_for(Seconds(2));
  EXPECT_EQ(state_of(host), HostState::online);
  EXPECT_EQ(count_events(host, "host.offline"), 0U);
}

TEST_F(PresenceTest, TheHostThatFoundNoPlaceGetsTheFirstOneThatIsFree) {
  std::vector<Host> hosts;
  for (std::size_t i = 0; i < FleetSettings{}.watched_hosts + 3; ++i) {
    auto host = enrol(facts(*make_token(), "web-" + std::to_string(i)));
    ASSERT_TRUE(host);
    hosts.push_back(*host);
  }
  const auto watch = [this](const Host& host, bool on) { fleet().on_interest(host_topic(host), on); };
  const auto interval = [this](const Host& host) { return fleet().roster().find(host.id)->interval; };
  for (const Host& host : hosts) watch(host, true);
  const Host& first = hosts[hosts.size() - 3];
  const Host& gone = hosts[hosts.size() - 2];
  const Host& last = hosts[hosts.size() - 1];
  EXPECT_EQ(interval(hosts[49]), Seconds(1));
  EXPECT_EQ(interval(first), Seconds(5));
  watch(gone, false);  // nobody waits for it any more
  watch(hosts[7], false);
  EXPECT_EQ(interval(hosts[7]), Seconds(5));
  EXPECT_EQ(interval(first), Seconds(1));
  EXPECT_EQ(interval(last), Seconds(5));
  ASSERT_TRUE(loop_.run(fleet().remove({"person", "", "test", ""}, hosts[8].id), kLimit));
  EXPECT_EQ(interval(last), Seconds(1));
  EXPECT_EQ(interval(gone), Seconds(5));
}

TEST_F(PresenceTest, ARowOfTheFleetPageHoldsWhateverAnAgentClaims) {
  const Host host = enrolled_host();
  HandAgent agent = connect(host);
  wire::SeriesSet set;
  set.boot_id = "boot-a";
  for (const char* metric : {"net.rx_bytes", "net.tx_bytes"}) {
    for (int i = 0; i < 20; ++i)
      set.series.push_back({metric, "eth" + std::to_string(i), wire::SeriesKind::counter});
  }
  set.id = wire::series_set_id(set);
  agent.send(set);
  for (std::uint64_t n = 1; n <= 2; ++n) {
    wire::Heartbeat beat = heartbeat({1, n}, {n > 1 ? 1U : 0U, n - 1});
    beat.monotonic_ms = static_cast<std::int64_t>(1000 + 1000 * n);
    beat.series_set = set.id;
    beat.values.assign(set.series.size(), n == 1 ? 0 : std::numeric_limits<std::int64_t>::max());
    agent.send(beat);
  }
  agent.expect_acknowledged({1, 2});
  const LiveHost& live = *fleet().roster().find(host.id);
  const auto summary = server_->history.summary(host.number);
  ASSERT_TRUE(summary);
  ASSERT_GT(summary->rx_bytes_per_second, 1e19);
  const stream::FleetRow row = fleet_row(live, server_->history);
  EXPECT_EQ(row[5], 999'999'999'999);
  EXPECT_EQ(row[6], 999'999'999'999);
  std::string text;
  stream::append_fleet_row(text, row);
  EXPECT_LE(text.size(), 40U) << text;
}

}  // namespace
}  // namespace fettle::fleet
