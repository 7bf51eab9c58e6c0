// What one agent sends that no honest one would: floods, numbers that no host has, descriptions that change
// all the time. Nothing of it costs others anything.
#include <gtest/gtest.h>

#include <limits>

#include "fettle/fleet/host_dto.h"
#include "tests/unit/fleet/fleet_fixture.h"

namespace fettle::fleet {
namespace {

using net::CloseCode;

constexpr std::uint16_t code(CloseCode value) {
  return static_cast<std::uint16_t>(value);
}

/// A message of a kind that no version knows: the cheapest way to keep a server busy.
std::string unknown_message() {
  return {"\xa2\x06\x02\x08\x01", 5};
}

TEST_F(FleetTest, AFloodIsClosedToldOnceAndDisturbsNoOther) {
  const Host host = enrolled_host();
  HandAgent flood = connect(host);
  seed_ = Key256(std::array<std::uint8_t, 32>{4});
  const Host other = *enrol(facts(*make_token(), "web-2"));
  HandAgent good = connect(other);
  constexpr std::size_t kMostMessages = kBudgetBytes / kLeastCost;
  std::size_t sent = 0;
  for (; sent < 2 * kMostMessages && flood.is_open(); ++sent) {
    flood.send_bytes(unknown_message());
    if (sent % 200 == 0) loop_.run_for(Millis(25));  // as fast as the line takes them
  }
  EXPECT_EQ(flood.closed(), code(CloseCode::too_fast));
  EXPECT_GT(sent, kMostMessages - 1'000) << "an outbox has room";
  EXPECT_LT(sent, 2 * kMostMessages);
  EXPECT_EQ(fleet().gateway_figures().too_fast, 1U);
  good.send(small_set());
  good.send(heartbeat({1, 1}, {0, 0}));
  EXPECT_EQ(good.expect<wire::Ack>().position, (wire::Position{1, 1}));

  seed_ = Key256(std::array<std::uint8_t, 32>{1, 2, 3});
  for (int i = 0; i < 20; ++i) {
    HandAgent again = dial();
    again.send(hello(again.expect<wire::Challenge>(), host.id.text()));
    if (const auto welcome = again.receive()) {
      for (int n = 0; n < 250; ++n) again.send_bytes(unknown_message());
    }
    EXPECT_EQ(again.closed(), code(CloseCode::too_fast)) << "connecting anew refills nothing";
  }
  EXPECT_EQ(fleet().gateway_figures().too_fast, 21U);
  EXPECT_EQ(sink_->count("agent link closed"), 1U);
  EXPECT_EQ(sink_->count("agent refused"), 0U);
}

TEST_F(FleetTest, WhoDoesNotWaitForAcknowledgementsIsClosedAndLosesNothing) {
  const Host host = enrolled_host();
  loop_.set_work_delay("journal", {Seconds(1), Seconds(1)});
  HandAgent agent = connect(host);
  agent.send(small_set());
  wire::Position before{0, 0};
  for (std::uint64_t n = 1; n <= kMostUncommitted + 1; ++n) {
    agent.send(heartbeat({1, n}, before));
    before = {1, n};
    if (n % 100 == 0) loop_.run_for(Millis(25));
  }
  EXPECT_EQ(agent.closed(), code(CloseCode::too_fast));
  EXPECT_EQ(server_->journal.figures().queued, kMostUncommitted);
  connect(host);
  EXPECT_EQ(welcome_.acknowledged, (wire::Position{1, kMostUncommitted})) << "what was taken is kept";
}

TEST_F(FleetTest, AnInventoryThatChangesWithEachHeartbeatIsBoundedToo) {
  const Host host = enrolled_host();
  HandAgent agent = connect(host);
  agent.send(small_set());
  wire::Position before{0, 0};
  std::uint64_t n = 0;
  while (agent.is_open() && ++n <= kBudgetBytes / kTransactionCost) {
    wire::Heartbeat beat = heartbeat({1, n}, before);
    beat.inventory.emplace();
    beat.inventory->hostname = "web-" + std::to_string(n);
    agent.send(beat);
    before = {1, n};
    if (n % 50 == 0) loop_.run_for(Millis(100));
  }
  EXPECT_EQ(agent.closed(), code(CloseCode::too_fast));
  EXPECT_EQ(server_->store.figures().failed_pieces, 0U);
}

TEST_F(FleetTest, NumbersThatNoHostHasAreBorneAndShownAsTimes) {
  constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  const Host host = enrolled_host();
  for (const auto& [now, other] : {std::pair(kLeast, kMost), std::pair(kMost, kLeast)}) {
    HandAgent agent = dial();
    wire::Hello odd = hello(agent.expect<wire::Challenge>(), host.id.text());
    odd.now_ms = now;
    odd.started_at_ms = odd.inventory.booted_at_ms = other;
    agent.send(odd);
    const wire::Position before = agent.expect<wire::Welcome>().acknowledged;
    const LiveHost* live = fleet().roster().find(host.id);
    EXPECT_EQ(live->clock_skew > Millis(0), now > 0) << live->clock_skew->count();
    const HostDto shown = make_host_dto(*live, server_->history, "1.0.0");
    EXPECT_TRUE(parse_time(format_time(shown.agent->started_at))) << format_time(shown.agent->started_at);
    if (shown.machine->booted_at) EXPECT_TRUE(parse_time(format_time(*shown.machine->booted_at)));

    agent.send(small_set());
    wire::Position position = before;
    for (const std::int64_t at : {kLeast, kMost, std::int64_t{-1}, kMost, kLeast}) {
      wire::Heartbeat beat = heartbeat({1, position.sequence + 1}, position);
      beat.sampled_at_ms = at;
      beat.monotonic_ms = ~at;
      beat.values = {at, ~at};
      agent.send(beat);
      position = beat.position;
    }
    agent.expect_acknowledged(position);
    loop_.run_for(Seconds(3));
    EXPECT_EQ(state_of(host), HostState::online);
    EXPECT_GE(server_->history.latest(host.number)->at_ms, 0);
    EXPECT_LE(server_->history.latest(host.number)->at_ms, unix_ms(clock_.wall_now()));
  }
}

TEST_F(FleetTest, AReplayOfKeptSamplesSaysNothingOfTheClock) {
  const Host host = enrolled_host();
  HandAgent agent = connect(host);
  agent.send(small_set());
  constexpr std::uint64_t kKept = 300;
  const std::int64_t began = unix_ms(clock_.wall_now()) - 1000 * static_cast<std::int64_t>(kKept);
  for (std::uint64_t n = 1; n <= kKept; ++n) {
    wire::Heartbeat kept = heartbeat({1, n}, {n > 1 ? 1U : 0U, n - 1});
    kept.sampled_at_ms = began + 1000 * static_cast<std::int64_t>(n);
    kept.monotonic_ms = 100'000 + 1000 * static_cast<std::int64_t>(n);
    agent.send(kept);
    loop_.run_for(Millis(5));
  }
  agent.expect_acknowledged({1, kKept});
  loop_.run_for(Seconds(3));
  EXPECT_EQ(count_events(host, "host.clock_skewed"), 0U);
}

TEST_F(FleetTest, ASlowReplayThatTheHelloAnnouncedSaysNothingOfTheClockEither) {
  const Host host = enrolled_host();
  HandAgent agent = dial();
  wire::Hello back = hello(agent.expect<wire::Challenge>(), host.id.text());
  constexpr std::uint64_t kKept = 20;
  back.outbox_records = kKept;
  agent.send(back);
  agent.expect<wire::Welcome>();
  agent.send(small_set());
  for (std::uint64_t n = 1; n <= kKept + 3; ++n) {
    wire::Heartbeat beat = heartbeat({1, n}, {n > 1 ? 1U : 0U, n - 1});
    if (n <= kKept) beat.sampled_at_ms -= 300'000;
    agent.send(beat);
    loop_.run_for(Seconds(1));  // at the pace at which they were taken
  }
  EXPECT_EQ(count_events(host, "host.clock_skewed"), 0U);
  for (std::uint64_t n = kKept + 4; n <= kKept + 7; ++n) {
    wire::Heartbeat beat = heartbeat({1, n}, {1, n - 1});
    beat.sampled_at_ms -= 300'000;  // the backlog is over, so its clock was set back
    agent.send(beat);
    loop_.run_for(Seconds(1));
  }
  EXPECT_EQ(count_events(host, "host.clock_skewed"), 1U);
}

wire::Inventory inventory_of_boot(std::string boot_id) {
  wire::Inventory out;
  out.hostname = "web-1";
  out.boot_id = std::move(boot_id);
  return out;
}

TEST_F(FleetTest, OfInventoriesThatChangeWithEachHeartbeatTheNewestIsWritten) {
  const Host host = enrolled_host();
  HandAgent agent = connect(host);
  agent.send(small_set());
  constexpr std::uint64_t kBeats = 300;
  for (std::uint64_t n = 1; n <= kBeats; ++n) {
    wire::Heartbeat beat = heartbeat({1, n}, {n > 1 ? 1U : 0U, n - 1});
    beat.inventory = inventory_of_boot("boot-" + std::to_string(n % 3));
    agent.send(beat);
    loop_.run_for(Millis(10));
    EXPECT_LE(server_->store.figures().queued_pieces, 2U);
  }
  agent.expect_acknowledged({1, kBeats});
  EXPECT_EQ(fleet().roster().find(host.id)->row.inventory->boot_id, "boot-0") << "acknowledged, so stored";
  EXPECT_LE(count_events(host, "host.rebooted"), 5U) << "three seconds";
  loop_.run_for(Seconds(5));

  wire::Heartbeat beat = heartbeat({1, kBeats + 1}, {1, kBeats});
  beat.inventory = inventory_of_boot("boot-9");
  agent.send(beat);
  beat = heartbeat({1, kBeats + 2}, {1, kBeats + 1});
  beat.inventory = inventory_of_boot("boot-0");  // what the row says still, while the one before is written
  agent.send(beat);
  agent.expect_acknowledged({1, kBeats + 2});
  EXPECT_EQ(fleet().roster().find(host.id)->row.inventory->boot_id, "boot-0");
}

}  // namespace
}  // namespace fettle::fleet
