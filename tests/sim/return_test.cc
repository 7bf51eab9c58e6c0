// A whole fleet that lost its server at the same moment comes back (T5; 44 in the list of invariants): it
// does not arrive at one moment, all are served within a minute, no queue exceeds its bound, and nobody is
// said to be away who is not. FETTLE_CROWD=<agents> plays a larger one (./dev soak return).
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/sim/crowd.h"

namespace fettle::sim {
namespace {

constexpr Seconds kServedWithin{60};

unsigned crowd_size() {
  const char* text = std::getenv("FETTLE_CROWD");
  return text == nullptr ? 500 : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

double share(std::size_t part, const Crowd& crowd) {
  return static_cast<double>(part) / static_cast<double>(crowd.size());
}

void check_bounds(Crowd& crowd) {
  EXPECT_LE(crowd.peaks().journal, crowd.shape().journal_queue);
  EXPECT_LE(crowd.peaks().store, crowd.shape().store_queue);
  EXPECT_FALSE(crowd.server().has_failed());
  EXPECT_FALSE(crowd.server().store.figures().disk_full || crowd.server().journal.figures().disk_full);
  EXPECT_EQ(crowd.lost(), 0U);
  std::printf("%zu arrivals, at most %.1f %% of the fleet in one second; queues at most %llu and %llu\n",
              crowd.arrivals().size(), 100 * share(crowd.most_within(Seconds(1)), crowd),
              static_cast<unsigned long long>(crowd.peaks().journal),
              static_cast<unsigned long long>(crowd.peaks().store));
}

/// All agents began at the same moment, as when the power of a whole site returns.
void begin(Crowd& crowd) {
  crowd.start_agents();
  ASSERT_TRUE(crowd.run_until_served(kServedWithin));
  crowd.run_for(Seconds(20));
  ASSERT_EQ(crowd.hosts_in(fleet::HostState::online), crowd.size());
}

TEST(Return, AFleetWhoseServerWasAwayForMinutesComesBackOverHalfAMinute) {
  Crowd crowd(crowd_size());
  ASSERT_NO_FATAL_FAILURE(begin(crowd));
  crowd.crash_server();
  crowd.run_for(Seconds(150));  // all have come to their longest pause
  crowd.start_server();
  EXPECT_TRUE(crowd.run_until_served(kServedWithin));
  EXPECT_LT(share(crowd.most_within(Seconds(1)), crowd), 0.12);
  crowd.run_for(Seconds(60));
  check_bounds(crowd);
  EXPECT_EQ(crowd.hosts_in(fleet::HostState::online), crowd.size());
  EXPECT_EQ(crowd.events("host.offline"), 0U) << "a restart of the server declares nobody offline";
}

TEST(Return, AFleetWhoseServerWasKilledAndStartedAtOnceComesBackOverASecond) {
  Crowd crowd(crowd_size());
  ASSERT_NO_FATAL_FAILURE(begin(crowd));
  crowd.crash_server();
  crowd.start_server();
  EXPECT_TRUE(crowd.run_until_served(kServedWithin));
  EXPECT_LT(share(crowd.most_within(Millis(100)), crowd), 0.2);
  crowd.run_for(Seconds(60));
  check_bounds(crowd);
  EXPECT_EQ(crowd.hosts_in(fleet::HostState::online), crowd.size());
  EXPECT_EQ(crowd.events("host.offline"), 0U);
}

TEST(Return, AFleetThatWasCutOffIsOfflineAndThenOnlineOnce) {
  Crowd crowd(crowd_size());
  ASSERT_NO_FATAL_FAILURE(begin(crowd));
  const std::size_t online_before = crowd.events("host.online");
  crowd.unplug();
  crowd.run_for(Seconds(150));
  ASSERT_EQ(crowd.hosts_in(fleet::HostState::offline), crowd.size());
  crowd.plug_in();
  EXPECT_TRUE(crowd.run_until_served(kServedWithin));
  crowd.run_for(Seconds(30));
  check_bounds(crowd);
  EXPECT_EQ(crowd.hosts_in(fleet::HostState::online), crowd.size());
  EXPECT_EQ(crowd.events("host.offline"), crowd.size());
  EXPECT_EQ(crowd.events("host.online") - online_before, crowd.size());
}

}  // namespace
}  // namespace fettle::sim
