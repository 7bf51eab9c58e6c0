#include "fettle/logs/log_feed.h"

#include "tests/unit/logs/logs_fixture.h"

namespace fettle::logs {
namespace {

struct LogFeedTest : LogsFixture {
  std::shared_ptr<FakeByteStream> watch(const EnvironmentId& of) {
    auto stream = std::make_shared<FakeByteStream>(loop);
    Principal person;
    person.kind = PrincipalKind::person;
    person.id = "person_2";
    person.grants[of] = {of, "e", "viewer", {Permission::view}};
    EXPECT_TRUE(hub.attach(stream, {person, {"logs"}, {of}, "", hub.admit(person).value()}));
    return stream;
  }
};

TEST_F(LogFeedTest, SendsNewLinesToWhoFollowsThem) {
  const auto all = follow();
  const auto warnings = follow({.least = LogLevel::warn});
  write("one");
  write("two", LogLevel::warn);
  wait(Millis(300));
  EXPECT_EQ(messages(*all), (Texts{"one", "two"}));
  EXPECT_EQ(messages(*warnings), (Texts{"two"}));
  write("one");
  wait(Millis(300));
  EXPECT_EQ(messages(*all), (Texts{"one", "two", "one"})) << "a repeat is told with its count";
  EXPECT_NE(all->received.find("\"count\":2"), std::string::npos);
}

TEST_F(LogFeedTest, PublishesToTheEnvironmentOfTheServerOnly) {
  const auto administrator = watch(system);
  const auto viewer = watch(environment(1));
  write("secret of the server");
  wait(Millis(300));
  EXPECT_EQ(messages(*administrator), (Texts{"secret of the server"}));
  EXPECT_EQ(messages(*viewer), Texts{});
}

TEST_F(LogFeedTest, SaysHowManyWereLeftOut) {
  const auto page = watch(system);
  for (int i = 0; i < 1'000; ++i) write("line " + std::to_string(i));
  wait(Millis(500));
  const Texts told = messages(*page);
  ASSERT_EQ(told.size(), 201U);
  EXPECT_EQ(told.front(), R"({"skipped":800})");
  EXPECT_EQ(told.back(), "line 999");
}

TEST_F(LogFeedTest, ItsOwnSlowTurnsDoNotFeedIt) {
  const auto all = follow();
  const std::array fields{io::LogField{"task", "logs.feed"}, io::LogField{"ms", 11}};
  ring->add({LogLevel::warn, "loop", "slow turn of the loop", fields}, clock.wall_now());
  wait(Millis(300));
  EXPECT_EQ(messages(*all), Texts{});
  EXPECT_EQ(ring->snapshot().size(), 1U) << "it can still be looked up";
}

TEST_F(LogFeedTest, CutsOffWhoMayNotSeeItAnyMore) {
  const auto kept = follow({}, "session_2");
  const auto ended = follow({}, "session_1");
  feed.rescope("person_1", "session_1", nullptr);
  EXPECT_TRUE(ended->is_closed);
  EXPECT_FALSE(kept->is_closed);
  Principal administrator;
  administrator.kind = PrincipalKind::person;
  administrator.server_administrator = true;
  feed.rescope("person_1", "", &administrator);
  EXPECT_FALSE(kept->is_closed);
  administrator.server_administrator = false;
  feed.rescope("person_1", "", &administrator);
  EXPECT_TRUE(kept->is_closed);
}

TEST_F(LogFeedTest, ARescopeBetweenAdmissionAndFollowingCounts) {
  const std::uint64_t pass = feed.admit().value();
  feed.rescope("person_1", "", nullptr);
  auto stream = std::make_shared<FakeByteStream>(loop);
  feed.follow(stream, {pass, {}, {}, {}});
  EXPECT_TRUE(stream->is_closed);
}

TEST_F(LogFeedTest, ASlowReaderDelaysNobodyAndIsClosed) {
  const auto fast = follow();
  const auto slow = follow();
  slow->reads_at_once = false;
  auto stuck = std::make_shared<FakeByteStream>(loop, 100);
  stuck->reads_at_once = false;
  feed.follow(stuck, {feed.admit().value(), {}, {}, {}});
  for (int i = 0; i < 100; ++i) write(std::string(1'000, 'x') + std::to_string(i));
  wait(Millis(500));
  EXPECT_EQ(messages(*fast).size(), 100U);
  EXPECT_TRUE(stuck->is_closed) << "more waits than is allowed";
}

TEST_F(LogFeedTest, FollowersAreBounded) {
  std::vector<std::shared_ptr<FakeByteStream>> streams;
  for (int i = 0; i < 3; ++i) streams.push_back(follow());
  ASSERT_FALSE(feed.admit());
  EXPECT_EQ(feed.admit().error().code, ErrorCode::rate_limited);
  streams[0]->cut();
  wait(Seconds(16));  // noticed at the latest with the next keep-alive
  EXPECT_TRUE(feed.admit());
}

TEST_F(LogFeedTest, KeepsAQuietConnectionAwake) {
  const auto stream = follow();
  wait(Seconds(31));
  fettle::testing::SseParser parser;
  parser.feed(stream->received);
  EXPECT_EQ(parser.comments, 3U);
}

}  // namespace
}  // namespace fettle::logs
