#include "fettle/fleet/gateway.h"

#include <cmath>

#include "fettle/fleet/host_dto.h"
#include "tests/support/fake_byte_stream.h"
#include "tests/support/sse_parser.h"
#include "tests/unit/fleet/fleet_fixture.h"

namespace fettle::fleet {
namespace {

using net::CloseCode;

constexpr std::uint16_t code(CloseCode value) {
  return static_cast<std::uint16_t>(value);
}

TEST_F(FleetTest, AcknowledgesAHeartbeatOnceItIsDurable) {
  const Host host = enrolled_host();
  HandAgent agent = connect(host);
  EXPECT_EQ(welcome_.acknowledged, (wire::Position{0, 0}));
  EXPECT_EQ(welcome_.settings.heartbeat_interval_ms, 5000U);
  agent.send(small_set());
  agent.send(heartbeat({1, 1}, {0, 0}));
  EXPECT_EQ(agent.expect<wire::Ack>().position, (wire::Position{1, 1}));
  EXPECT_EQ(server_->journal.highest(host.number), (wire::Position{1, 1}));
  loop_.run_for(Seconds(1));
  EXPECT_EQ(state_of(host), HostState::online);
}

TEST_F(FleetTest, ARepeatedHeartbeatHasNoSecondEffect) {
  const Host host = enrolled_host();
  HandAgent agent = connect(host);
  agent.send(small_set());
  agent.send(heartbeat({1, 1}, {0, 0}));
  EXPECT_EQ(agent.expect<wire::Ack>().position, (wire::Position{1, 1}));
  agent.send(heartbeat({1, 1}, {0, 0}));
  EXPECT_EQ(agent.expect<wire::Ack>().position, (wire::Position{1, 1}));
  EXPECT_EQ(server_->journal.figures().records, 1U);
  EXPECT_EQ(fleet().ingest_figures().duplicates, 1U);
}

TEST_F(FleetTest, AGapClosesTheLinkAndTheNextOneBeginsWhereItStood) {
  const Host host = enrolled_host();
  HandAgent agent = connect(host);
  agent.send(small_set());
  agent.send(heartbeat({1, 1}, {0, 0}));
  agent.expect<wire::Ack>();
  agent.send(heartbeat({1, 3}, {1, 2}));
  EXPECT_EQ(agent.closed(), code(CloseCode::bad_message));
  connect(host);
  EXPECT_EQ(welcome_.acknowledged, (wire::Position{1, 1}));
}

TEST_F(FleetTest, RefusesAHostThatIsNotEnrolled) {
  HandAgent agent = dial();
  agent.send(hello(agent.expect<wire::Challenge>(), "host_00000000000000000000000000000001"));
  EXPECT_EQ(agent.closed(), code(CloseCode::revoked));
  EXPECT_EQ(sink_->count("agent refused"), 1U);
}

TEST_F(FleetTest, RefusesAnotherKey) {
  const Host host = enrolled_host();
  seed_ = Key256(std::array<std::uint8_t, 32>{9});
  HandAgent agent = dial();
  agent.send(hello(agent.expect<wire::Challenge>(), host.id.text()));
  EXPECT_EQ(agent.closed(), code(CloseCode::unauthenticated));
  EXPECT_EQ(sink_->count("agent refused"), 1U);
}

TEST_F(FleetTest, RefusesASignatureOverAnOlderChallenge) {
  const Host host = enrolled_host();
  HandAgent first = dial();
  const wire::Hello old = hello(first.expect<wire::Challenge>(), host.id.text());
  HandAgent second = dial();
  second.expect<wire::Challenge>();
  second.send(old);
  EXPECT_EQ(second.closed(), code(CloseCode::unauthenticated));
}

TEST_F(FleetTest, RefusesAnotherMajorVersionAndNotesItOnTheHost) {
  const Host host = enrolled_host();
  HandAgent agent = dial();
  wire::Hello from_the_future = hello(agent.expect<wire::Challenge>(), host.id.text());
  from_the_future.version = {wire::kVersion.major + 1, 0};
  agent.send(from_the_future);
  EXPECT_EQ(agent.closed(), code(CloseCode::protocol_unsupported));
  events::EventFilter filter;
  filter.environments = {host.environment};
  filter.types = {"host.refused"};
  const auto found = loop_.run(server_->events.list(filter), kLimit);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->events.size(), 1U);
}

TEST_F(FleetTest, AMismatchThatComesBackIsOneEventForItsVersion) {
  const Host host = enrolled_host();
  const auto come = [&](std::uint32_t major) {
    HandAgent agent = dial();
    wire::Hello foreign = hello(agent.expect<wire::Challenge>(), host.id.text());
    foreign.version = {major, 0};
    agent.send(foreign);
    EXPECT_EQ(agent.closed(), code(CloseCode::protocol_unsupported));
  };
  for (int i = 0; i < 5; ++i) come(2);
  for (int i = 0; i < 5; ++i) come(static_cast<std::uint32_t>(3 + i));
  EXPECT_EQ(count_events(host, "host.refused"), 1U) << "a version for each try is not told either";
  loop_.run_for(Seconds(120));
  come(2);
  EXPECT_EQ(count_events(host, "host.refused"), 1U);
  come(3);
  EXPECT_EQ(count_events(host, "host.refused"), 2U);
  loop_.run_for(Seconds(120));
  connect(host);
  come(3);
  EXPECT_EQ(count_events(host, "host.refused"), 3U) << "it had been mended in between";
}

TEST_F(FleetTest, ANewerMinorVersionIsWelcome) {
  const Host host = enrolled_host();
  HandAgent agent = dial();
  wire::Hello newer = hello(agent.expect<wire::Challenge>(), host.id.text());
  newer.version.minor += 1;
  agent.send(newer);
  agent.expect<wire::Welcome>();
}

TEST_F(FleetTest, SilenceInTheHandshakeIsCutOff) {
  HandAgent agent = dial();
  agent.expect<wire::Challenge>();
  EXPECT_EQ(agent.closed(), code(CloseCode::try_later));
}

TEST_F(FleetTest, BoundsTheLinksThatOweTheirHello) {
  const Host host = enrolled_host();
  HandAgent before = connect(host);
  testing::SimFaults at_once;  // all of them dial before the first has had its 5 s
  at_once.least_delay = at_once.most_delay = Nanos(0);
  network_.set_faults(at_once);
  std::vector<HandAgent> silent;
  for (int i = 0; i < 4096; ++i) silent.push_back(dial());
  HandAgent one_too_many = dial();
  EXPECT_FALSE(one_too_many.receive()) << "not even a challenge";
  EXPECT_EQ(one_too_many.closed(), code(CloseCode::try_later));
  before.send(small_set());
  before.send(heartbeat({1, 1}, {0, 0}));
  EXPECT_EQ(before.expect<wire::Ack>().position, (wire::Position{1, 1}));
  loop_.run_for(Seconds(10));  // the silent have had their time
  connect(host);
}

TEST_F(FleetTest, GarbageClosesOneLinkAndDisturbsNoOther) {
  const Host host = enrolled_host();
  HandAgent good = connect(host);
  HandAgent bad = dial();
  bad.expect<wire::Challenge>();
  bad.send_bytes(std::string("\xff\xff\xff\xff garbage", 12));
  EXPECT_EQ(bad.closed(), code(CloseCode::bad_message));
  HandAgent out_of_turn = dial();
  out_of_turn.expect<wire::Challenge>();
  out_of_turn.send(heartbeat({1, 1}, {0, 0}));
  EXPECT_EQ(out_of_turn.closed(), code(CloseCode::bad_message));
  good.send(small_set());
  good.send(heartbeat({1, 1}, {0, 0}));
  EXPECT_EQ(good.expect<wire::Ack>().position, (wire::Position{1, 1}));
}

TEST_F(FleetTest, ValuesThatDoNotFitTheirSetCloseTheLink) {
  const Host host = enrolled_host();
  HandAgent agent = connect(host);
  agent.send(heartbeat({1, 1}, {0, 0}));  // no set was sent on this link
  EXPECT_EQ(agent.closed(), code(CloseCode::bad_message));
  HandAgent again = connect(host);
  again.send(small_set());
  wire::Heartbeat short_one = heartbeat({1, 1}, {0, 0});
  short_one.values.pop_back();
  again.send(short_one);
  EXPECT_EQ(again.closed(), code(CloseCode::bad_message));
  EXPECT_EQ(server_->journal.figures().records, 0U);
}

TEST_F(FleetTest, AnUnknownKindOfMessageIsCountedAndPassedOver) {
  const Host host = enrolled_host();
  HandAgent agent = connect(host);
  agent.send_bytes(std::string("\xa2\x06\x02\x08\x01", 5));  // field 100 of the envelope, from a newer agent
  agent.send(small_set());
  agent.send(heartbeat({1, 1}, {0, 0}));
  EXPECT_EQ(agent.expect<wire::Ack>().position, (wire::Position{1, 1}));
  EXPECT_EQ(fleet().gateway_figures().unknown_messages, 1U);
}

TEST_F(FleetTest, TheNewestLinkOfAHostWins) {
  const Host host = enrolled_host();
  HandAgent first = connect(host);
  HandAgent second = connect(host);
  EXPECT_EQ(first.closed(), code(CloseCode::replaced));
  second.send(small_set());
  second.send(heartbeat({1, 1}, {0, 0}));
  EXPECT_EQ(second.expect<wire::Ack>().position, (wire::Position{1, 1}));
}

TEST_F(FleetTest, TwoLinksAtOnceDoubleNoSample) {
  const Host host = enrolled_host();
  connect(host);  // its description is stored
  loop_.set_work_delay("store-writer", {Seconds(1), Seconds(1)});
  loop_.set_work_delay("journal", {Seconds(3), Seconds(3)});
  HandAgent first = dial();
  wire::Hello renamed = hello(first.expect<wire::Challenge>(), host.id.text());
  renamed.inventory.hostname = "web-2";
  first.send(renamed);
  loop_.run_for(Millis(500));        // it waits for its description to be written
  HandAgent second = connect(host);  // which this one has no need to
  second.send(small_set());
  second.send(heartbeat({1, 1}, {0, 0}));
  const wire::Welcome late = first.expect<wire::Welcome>();
  EXPECT_EQ(late.acknowledged, (wire::Position{1, 1}));
  first.send(small_set());
  if (late.acknowledged == wire::Position{}) first.send(heartbeat({1, 1}, {0, 0}));
  first.send(heartbeat({1, 2}, {1, 1}));
  first.expect_acknowledged({1, 2});
  EXPECT_EQ(second.closed(), code(CloseCode::replaced));
  EXPECT_EQ(server_->journal.figures().records, 2U);
}

TEST_F(FleetTest, RemovingAHostClosesItsLinkAndForgetsIt) {
  const Host host = enrolled_host();
  HandAgent agent = connect(host);
  agent.send(small_set());
  agent.send(heartbeat({1, 1}, {0, 0}));
  agent.expect<wire::Ack>();
  ASSERT_TRUE(loop_.run(fleet().remove({"person", "", "test", ""}, host.id), kLimit));
  EXPECT_EQ(agent.closed(), code(CloseCode::revoked));
  EXPECT_EQ(fleet().roster().find(host.id), nullptr);
  EXPECT_EQ(server_->history.latest(host.number), nullptr);
  HandAgent again = dial();
  again.send(hello(again.expect<wire::Challenge>(), host.id.text()));
  EXPECT_EQ(again.closed(), code(CloseCode::revoked));
}

TEST_F(FleetTest, GoodbyeIsOfflineAtOnceAndSilenceLater) {
  const Host host = enrolled_host();
  HandAgent agent = connect(host);
  agent.send(small_set());
  agent.send(heartbeat({1, 1}, {0, 0}));
  agent.expect<wire::Ack>();
  loop_.run_for(Seconds(2));
  agent.send(wire::Goodbye{"stopped"});
  loop_.run_for(Seconds(2));
  EXPECT_EQ(state_of(host), HostState::offline);
  EXPECT_EQ(fleet().roster().find(host.id)->row.state_reason, "stopped");
}

TEST_F(FleetTest, TheLogTellsAStoppedAgentFromALostOne) {
  const Host host = enrolled_host();
  std::vector<std::string> reasons;
  for (const bool says_goodbye : {true, false}) {
    auto agent = std::make_unique<HandAgent>(connect(host));
    if (says_goodbye) agent->send(wire::Goodbye{"stopped"});
    loop_.run_for(Seconds(1));
    agent.reset();
    loop_.run_for(Seconds(1));
    for (const auto& entry : sink_->entries()) {
      if (entry.message != "agent disconnected") continue;
      for (const auto& [key, value] : entry.fields)
        if (key == "reason") reasons.push_back(value);
    }
  }
  ASSERT_EQ(reasons.size(), 3U) << "one, and then both";
  EXPECT_EQ(reasons[1], "stopped");
  EXPECT_NE(reasons[2], "stopped");
}

TEST_F(FleetTest, SilenceIsLateThenOfflineThenOnlineAgain) {
  const Host host = enrolled_host();
  HandAgent agent = connect(host);
  agent.send(small_set());
  agent.send(heartbeat({1, 1}, {0, 0}));
  agent.expect<wire::Ack>();
  loop_.run_for(Seconds(9));
  EXPECT_EQ(state_of(host), HostState::online);
  loop_.run_for(Seconds(3));
  EXPECT_EQ(state_of(host), HostState::late);
  loop_.run_for(Seconds(6));
  EXPECT_EQ(state_of(host), HostState::offline);
  agent.send(heartbeat({1, 2}, {1, 1}));
  agent.expect<wire::Ack>();
  loop_.run_for(Seconds(1));
  EXPECT_EQ(state_of(host), HostState::online);
}

TEST_F(FleetTest, WhoChangesItsSeriesAllTheTimeIsReadMoreSlowlyAndLosesNothing) {
  const Host host = enrolled_host();
  HandAgent agent = connect(host);
  const auto changed = [&](std::uint64_t n) {
    wire::SeriesSet set = small_set();
    set.series[1].label = "eth" + std::to_string(n % 2);  // back and forth is a change each time
    set.id = wire::series_set_id(set);
    return set;
  };
  agent.send(changed(0));
  agent.send(changed(1));
  const MonoTime begin = loop_.now();
  const auto ahead = static_cast<std::uint64_t>(kSetsAhead / kSetEvery);
  const std::uint64_t last = ahead + 20;
  for (std::uint64_t n = 1; n <= last; ++n) {
    wire::Heartbeat beat = heartbeat({1, n}, {n == 1 ? 0U : 1U, n - 1});
    beat.series_set = changed(n).id;
    agent.send(beat);
  }
  agent.expect_acknowledged({1, ahead});
  EXPECT_LE(loop_.now() - begin, Seconds(1)) << "what waited on the host comes as fast as ever";
  agent.expect_acknowledged({1, last});
  EXPECT_GE(loop_.now() - begin, Seconds(18));
  EXPECT_LE(loop_.now() - begin, Seconds(21));
}

TEST_F(FleetTest, LargeSetsAreReadMoreSlowlyStillOnAnotherLinkToo) {
  const Host host = enrolled_host();
  const MonoTime begin = loop_.now();
  std::uint64_t n = 0;
  for (int link = 0; link < 4; ++link) {
    HandAgent agent = connect(host);
    for (int i = 0; i < 2; ++i) {
      ++n;
      wire::SeriesSet set = small_set();
      for (int series = 0; series < 1'900; ++series)
        set.series.push_back(
            {"net.rx_bytes", std::to_string(n) + std::string(480, 'x') + std::to_string(series)});
      set.id = wire::series_set_id(set);
      agent.send(set);
      wire::Heartbeat beat = heartbeat({1, n}, {n == 1 ? 0U : 1U, n - 1});
      beat.series_set = set.id;
      beat.values.resize(set.series.size());
      agent.send(beat);
      agent.expect_acknowledged({1, n});
    }
  }
  EXPECT_GE(loop_.now() - begin, Seconds(30));  // 8 of 14 s each, 64 s of them ahead
}

TEST_F(FleetTest, ASampleThatComesLateIsNotPublishedAgain) {
  const Host host = enrolled_host();
  HandAgent agent = connect(host);
  auto page = std::make_shared<testing::FakeByteStream>(loop_);
  stream::Subscription watched;
  watched.principal.kind = PrincipalKind::person;
  watched.principal.id = "person_1";
  Grant grant;
  grant.environment = host.environment;
  grant.permissions = {Permission::view};
  watched.principal.grants[host.environment] = grant;
  watched.topics = {host_topic(host).name};
  watched.environments = {host.environment};
  ASSERT_TRUE(server_->hub.attach(page, std::move(watched)));
  agent.expect<wire::Settings>();
  const auto updates = [&] {
    testing::SseParser parser;
    loop_.run_for(Millis(100));
    parser.feed(page->received);
    return std::ranges::count(parser.events, "metric_update", &testing::SseEvent::type);
  };
  agent.send(small_set());
  agent.send(heartbeat({1, 1}, {0, 0}));
  agent.expect_acknowledged({1, 1});
  EXPECT_EQ(updates(), 1);
  wire::Heartbeat late = heartbeat({1, 2}, {1, 1});
  late.monotonic_ms -= 10'000;
  agent.send(late);
  agent.expect_acknowledged({1, 2});
  EXPECT_EQ(updates(), 1);
  agent.send(heartbeat({1, 3}, {1, 2}));
  agent.expect_acknowledged({1, 3});
  EXPECT_EQ(updates(), 2);
  page->cut();
}

TEST_F(FleetTest, AnotherBootIdIsARebootAndMakesNoSpike) {
  const Host host = enrolled_host();
  HandAgent agent = connect(host);
  agent.send(small_set());
  agent.send(heartbeat({1, 1}, {0, 0}));
  agent.expect<wire::Ack>();
  wire::SeriesSet after = small_set();
  after.boot_id = "boot-b";
  after.id = wire::series_set_id(after);
  agent.send(after);
  wire::Heartbeat beat = heartbeat({1, 2}, {1, 1});
  beat.series_set = after.id;
  beat.values = {150, 5};  // counters began anew
  wire::Inventory inventory;
  inventory.hostname = "web-1";
  inventory.boot_id = "boot-b";
  beat.inventory = inventory;
  agent.send(beat);
  agent.expect_acknowledged({1, 2});
  EXPECT_TRUE(std::isnan(server_->history.latest(host.number)->values.at(1)));
  events::EventFilter filter;
  filter.environments = {host.environment};
  filter.types = {"host.rebooted"};
  EXPECT_EQ(loop_.run(server_->events.list(filter), kLimit)->events.size(), 1U);
}

}  // namespace
}  // namespace fettle::fleet
