// Connections that take less than is published, or nothing.
#include <gmock/gmock.h>

#include "tests/unit/stream/hub_fixture.h"

namespace fettle::stream {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct SlowReaderTest : HubFixture {
  Page open_slow(std::vector<std::string> topics, std::size_t buffer, std::string principal = "person_slow") {
    Page page = open(std::move(topics), {one}, {}, std::move(principal), buffer);
    page.stream->reads_at_once = false;
    page.stream->read();  // hello
    settle();
    return page;
  }
  /// Reads until nothing more comes.
  std::vector<SseEvent> read_all(Page& page) {
    for (int i = 0; i < 2000; ++i) {
      page.stream->read();
      loop.run_for(Millis(20));
    }
    return page.take();
  }
};

TEST_F(SlowReaderTest, GetsAllKeptMessagesAndTheNewestSample) {
  Page page = open_slow({"events", host_topic(1)}, 1500);
  for (int i = 1; i <= 500; ++i) {
    publish_event(one, i);
    publish_metrics(one, 1, i);
    loop.run_for(Millis(20));
  }
  const auto events = read_all(page);
  const auto kept = numbers(events, "event", "n");
  EXPECT_EQ(kept.size(), 500U);
  EXPECT_TRUE(std::ranges::is_sorted(kept));
  const auto samples = numbers(events, "metric_update", "at");
  EXPECT_LT(samples.size(), 40U) << "what it could not take was replaced by newer ones";
  ASSERT_FALSE(samples.empty());
  EXPECT_EQ(samples.back(), 500);
  EXPECT_EQ(hub->figures().resyncs, 0U);
}

TEST_F(SlowReaderTest, LosesNoRowOfTheFleet) {
  Page page = open_slow({"fleet"}, 300);
  // Each frame has another host, as the fleet sends them: the newest frame alone would not do.
  for (std::int64_t round = 0; round < 20; ++round) {
    for (std::int64_t host = 0; host < 50; ++host) {
      hub->publish({one, "fleet"},
                   FleetStatus{one.text(), round * 100 + host, {{host, 1, round, 0, 0, 0, 0}}}, Keep::sample);
      loop.run_for(Millis(20));
    }
  }
  const std::size_t before = page.stream->written;
  std::map<std::string, std::string> newest;  // row by host number
  std::size_t frames = 0;
  for (const auto& event : read_all(page)) {
    if (event.type != "fleet_status") continue;
    ++frames;
    const std::size_t begin = event.data.find("[[") + 2;
    const std::string row = event.data.substr(begin, event.data.find(']', begin) - begin);
    newest[row.substr(0, row.find(','))] = row;
  }
  EXPECT_EQ(newest.size(), 50U);
  for (const auto& [host, row] : newest) EXPECT_EQ(row, host + ",1,19,0,0,0,0");
  EXPECT_LT(frames, 60U) << "rows that were replaced are not sent";
  EXPECT_LT(page.stream->written - before, 10'000U);
}

TEST_F(SlowReaderTest, IsToldToFetchAfreshPastItsBound) {
  Page page = open_slow({"events"}, 1500);
  Page other = open({"events"}, {one}, {}, "person_2");
  const std::string filler(1000, 'x');
  for (int i = 1; i <= 2000; ++i) {  // 2 MB
    hub->publish({one, "events"}, EventMessage{"{\"n\":" + std::to_string(i) + ",\"f\":\"" + filler + "\"}"},
                 Keep::kept);
    loop.run_for(Millis(1));
  }
  EXPECT_LE(page.stream->written, 2500U) << "nothing is written that the socket does not take";
  const auto events = read_all(page);
  const auto resyncs = numbers(events, "resync", "n");
  EXPECT_EQ(resyncs.size(), 1U);
  EXPECT_EQ(text_in(events.back().data, "reason"), "slow");
  publish_event(one, 3000);
  EXPECT_THAT(numbers(read_all(page), "event", "n"), ElementsAre(3000)) << "and goes on from there";
  EXPECT_EQ(numbers(other.take(), "event", "n").size(), 2001U) << "the other one got everything";
}

TEST_F(SlowReaderTest, DelaysNobodyElse) {
  std::vector<Page> slow;
  for (int i = 0; i < 100; ++i) slow.push_back(open_slow({"events"}, 64, "person_" + std::to_string(i)));
  Page page = open({"events"}, {one}, {}, "person_fast");
  settle();
  ignore(page.take(), "hello");
  for (int i = 1; i <= 200; ++i) {
    publish_event(one, i);
    loop.run_for(Millis(20));
    ASSERT_EQ(numbers(page.take(), "event", "n"), (std::vector<std::int64_t>{i})) << "within one tick";
    if (i % 10 == 0) slow[static_cast<std::size_t>(i) % slow.size()].stream->read(40);
  }
}

TEST_F(SlowReaderTest, IsClosedWhenItTakesNothingForAMinute) {
  Page page = open_slow({"events"}, 100);
  publish_event(one, 1);
  publish_event(one, 2);
  publish_event(one, 3);
  loop.run_for(Seconds(58));
  EXPECT_FALSE(page.stream->is_closed);
  loop.run_for(Seconds(4));
  EXPECT_TRUE(page.stream->is_closed);
  EXPECT_EQ(hub->figures().closed_slow, 1U);
  EXPECT_EQ(hub->figures().connections, 0U);
}

TEST_F(SlowReaderTest, IsKeptWhileItTakesALittle) {
  Page page = open_slow({"events"}, 100);
  for (int i = 1; i <= 10; ++i) publish_event(one, i);
  for (int i = 0; i < 20; ++i) {
    loop.run_for(Seconds(30));
    page.stream->read(20);
  }
  EXPECT_FALSE(page.stream->is_closed);
}

TEST_F(SlowReaderTest, HelloItselfMayComeInPieces) {
  Page page = open({"events"}, {one}, {}, "person_slow", 10);
  page.stream->reads_at_once = false;
  publish_event(one, 1);
  const auto events = read_all(page);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].type, "hello");
  EXPECT_EQ(number_in(events[1].data, "n"), 1);
}

TEST_F(SlowReaderTest, RescopeClosesItWithinABegunFrame) {
  Page page = open_slow({"events"}, 40);
  publish_event(one, 1);
  settle();
  ASSERT_EQ(page.stream->buffered(), 40U) << "in the middle of the frame";
  const Principal now = make_principal("person_slow", "session_1", {two});
  hub->rescope("person_slow", "", &now);
  EXPECT_TRUE(page.stream->is_closed);
}

struct SmallWindowTest : HubFixture {
  static HubSettings small() {
    HubSettings chosen;
    chosen.window_bytes = 20'000;
    return chosen;
  }
  SmallWindowTest() : HubFixture(small()) {}
};

TEST_F(SmallWindowTest, TellsASlowReaderWhenOthersPushedItsMessagesOut) {
  Page page = open({"events"}, {one}, {}, "person_slow", 200);
  page.stream->reads_at_once = false;
  page.stream->read();
  settle();
  for (int i = 1; i <= 20; ++i) publish_event(one, i);
  settle();
  for (int i = 0; i < 100; ++i) {
    hub->publish({two, "events"}, EventMessage{"{\"f\":\"" + std::string(1000, 'x') + "\"}"}, Keep::kept);
    loop.run_for(Millis(20));
  }
  for (int i = 0; i < 200; ++i) {
    page.stream->read();
    loop.run_for(Millis(20));
  }
  const auto events = page.take();
  ASSERT_FALSE(events.empty());
  EXPECT_LT(numbers(events, "event", "n").size(), 20U);
  EXPECT_EQ(events.back().type, "resync") << "never silently lost";
}

}  // namespace
}  // namespace fettle::stream
