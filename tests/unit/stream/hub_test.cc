#include "fettle/stream/hub.h"

#include <gmock/gmock.h>

#include "tests/unit/stream/hub_fixture.h"

namespace fettle::stream {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct HubTest : HubFixture {};

TEST_F(HubTest, GreetsAtOnce) {
  Page page = open({"fleet", "events"}, {one});
  EXPECT_TRUE(page.stream->received.starts_with("retry: 2000\n: ok\n\nevent: hello\n"))
      << page.stream->received;
  const auto events = page.take();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].type, "hello");
  EXPECT_EQ(events[0].id, "");
  EXPECT_EQ(text_in(events[0].data, "version"), "0.1.0");
  EXPECT_EQ(text_in(events[0].data, "epoch").size(), 8U);
  EXPECT_EQ(text_in(events[0].data, "connection").size(), 16U);
  EXPECT_NE(events[0].data.find(R"("topics":["events","fleet"])"), std::string::npos);
  EXPECT_EQ(page.parser.retry, "2000");
}

TEST_F(HubTest, SendsTheFirstMessageAtOnceAndGathersTheNext) {
  Page page = open({"events"}, {one});
  settle();
  const std::size_t before = page.stream->writes;
  publish_event(one, 1);
  loop.run_ready();
  EXPECT_THAT(numbers(page.take(), "event", "n"), ElementsAre(1));
  for (int i = 2; i < 100; ++i) publish_event(one, i);
  loop.run_for(Millis(19));
  EXPECT_THAT(page.take(), IsEmpty());
  loop.run_for(Millis(1));
  EXPECT_EQ(numbers(page.take(), "event", "n").size(), 98U);
  EXPECT_EQ(page.stream->writes, before + 2);
}

TEST_F(HubTest, WritesTopicsInOrderOfId) {
  Page page = open({"events", "fleet", host_topic(1)}, {one});
  settle();
  for (int i = 0; i < 50; ++i) {
    publish_event(one, i);
    publish_metrics(one, 1, i);
    hub->publish({one, "fleet"}, StatusChange{i, "host", one.text(), "h", "n", "a", "b", "c"}, Keep::kept);
  }
  settle();
  const auto events = page.take();
  std::uint64_t last = 0;
  for (std::size_t i = 1; i < events.size(); ++i) {
    EXPECT_GT(fettle::testing::sequence_of(events[i].id), last);
    last = fettle::testing::sequence_of(events[i].id);
  }
  EXPECT_EQ(numbers(events, "event", "n").size(), 50U);
  EXPECT_EQ(numbers(events, "status_change", "at").size(), 50U);
  EXPECT_THAT(numbers(events, "metric_update", "at"), ElementsAre(49)) << "only the newest of a tick";
}

TEST_F(HubTest, KeepsEnvironmentsApart) {
  Page first = open({"events", "fleet", host_topic(1)}, {one}, {}, "person_1");
  Page second = open({"events", "fleet", host_topic(1)}, {two}, {}, "person_2");
  Page both = open({"events"}, {one, two}, {}, "person_3");
  publish_event(one, 1);
  publish_event(two, 2);
  publish_metrics(two, 1, 3);
  settle();
  EXPECT_THAT(numbers(first.take(), "event", "n"), ElementsAre(1));
  const auto events = second.take();
  EXPECT_THAT(numbers(events, "event", "n"), ElementsAre(2));
  EXPECT_THAT(numbers(events, "metric_update", "at"), ElementsAre(3));
  EXPECT_THAT(numbers(both.take(), "event", "n"), ElementsAre(1, 2));
}

TEST_F(HubTest, ResumesWhereItWasCutAtEveryByte) {
  Page whole = open({"events", host_topic(1)}, {one});
  settle();
  for (int i = 1; i <= 5; ++i) publish_event(one, i), publish_metrics(one, 1, i);
  settle();
  ignore(whole.take(), "its bytes are what counts");
  const std::string bytes = whole.all;
  for (int i = 6; i <= 8; ++i) publish_event(one, i), publish_metrics(one, 1, i);
  settle();
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    fettle::testing::SseParser before;
    before.feed(std::string_view(bytes).substr(0, cut));
    if (before.last_id.empty()) continue;
    Page page = open({"events", host_topic(1)}, {one}, before.last_id);
    settle();
    auto got = numbers(before.events, "event", "n");
    const auto later = page.take();
    for (const std::int64_t number : numbers(later, "event", "n")) got.push_back(number);
    ASSERT_THAT(got, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8)) << "cut at " << cut;
    ASSERT_THAT(numbers(later, "metric_update", "at"), ElementsAre(8)) << "the newest sample, once";
    ASSERT_THAT(numbers(later, "resync", "n"), IsEmpty());
    page.stream->cut();
    loop.run_ready();
  }
}

TEST_F(HubTest, GivesAForgedIdNothingOfOthers) {
  Page mine = open({"events"}, {one}, {}, "person_1");
  Page theirs = open({"events"}, {two}, {}, "person_2");
  settle();
  for (int i = 1; i <= 10; ++i) publish_event(two, i);
  settle();
  const auto foreign = theirs.take();
  for (const auto& event : foreign) {
    if (event.id.empty()) continue;
    Page page = open({"events"}, {one}, event.id, "person_1");
    settle();
    for (const auto& got : page.take()) EXPECT_TRUE(got.type == "hello" || got.type == "resync") << got.type;
    page.stream->cut();
    loop.run_ready();
  }
  for (const std::string& id :
       {foreign.back().id + "0000", foreign.back().id.substr(0, 9) + "01", std::string("x")}) {
    Page page = open({"events"}, {one}, id, "person_1");
    settle();
    const auto got = page.take();
    ASSERT_EQ(got.size(), 2U) << id;
    EXPECT_EQ(got[1].type, "resync");
    EXPECT_EQ(text_in(got[1].data, "reason"), "window");
    page.stream->cut();
    loop.run_ready();
  }
}

TEST_F(HubTest, SaysRestartForAnIdOfAnEarlierLife) {
  Page page = open({"events"}, {one});
  publish_event(one, 1);
  settle();
  const std::string id = page.last_id();
  loop.run(hub->stop());
  EXPECT_TRUE(page.stream->is_closed);
  make_hub();
  Page next = open({"events"}, {one}, id);
  settle();
  const auto events = next.take();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(text_in(events[1].data, "reason"), "restart");
  publish_event(one, 2);
  settle();
  EXPECT_THAT(numbers(next.take(), "event", "n"), ElementsAre(2)) << "and it goes on";
}

TEST_F(HubTest, ResyncsWhenTheGapIsOlderThanTheWindow) {
  Page page = open({"events"}, {one});
  publish_event(one, 1);
  settle();
  const std::string id = page.last_id();
  page.stream->cut();
  publish_event(one, 2);
  loop.run_for(Seconds(301));
  Page next = open({"events"}, {one}, id);
  settle();
  const auto events = next.take();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(text_in(events[1].data, "reason"), "window");
}

TEST_F(HubTest, KeepAliveKeepsTheIdYoung) {
  Page page = open({"events"}, {one});
  Page busy = open({"events"}, {two}, {}, "person_2");
  for (int i = 0; i < 400; ++i) {
    publish_event(two, i);
    loop.run_for(Seconds(1));
  }
  EXPECT_THAT(page.take().size(), 1U) << "nothing but hello";
  EXPECT_GE(page.parser.comments, 400U / 15U);
  const std::string id = page.last_id();
  page.stream->cut();
  publish_event(one, 7);
  Page next = open({"events"}, {one}, id);
  settle();
  EXPECT_THAT(numbers(next.take(), "event", "n"), ElementsAre(7)) << "no resync after a quiet hour";
}

TEST_F(HubTest, IsNeverSilentForLongerThanFifteenSeconds) {
  Page page = open({"events"}, {one});
  std::size_t seen = 0;
  int silent = 0;
  for (int second = 0; second < 300; ++second) {
    if (second % 40 == 0) publish_event(one, second);
    loop.run_for(Seconds(1));
    silent = page.stream->written == seen ? silent + 1 : 0;
    seen = page.stream->written;
    ASSERT_LT(silent, 15);
  }
}

TEST_F(HubTest, RefusesTooManyStreams) {
  std::vector<Page> pages;
  for (int i = 0; i < 20; ++i) pages.push_back(open({"events"}, {one}));
  auto stream = std::make_shared<FakeByteStream>(loop);
  const Principal person = make_principal("person_1", "session_1", {one});
  EXPECT_EQ(hub->admit(person).error().code, ErrorCode::rate_limited);
  EXPECT_FALSE(hub->attach(stream, {person, {"events"}, {one}, {}}));
  EXPECT_TRUE(stream->is_closed);
  EXPECT_TRUE(hub->admit(make_principal("person_2", "session_2", {one})));
  pages[3].stream->cut();
  loop.run_ready();
  EXPECT_TRUE(hub->admit(person));
  EXPECT_EQ(hub->figures().connections, 19U);
}

TEST_F(HubTest, ChangesTopicsInPlace) {
  Page page = open({"fleet"}, {one});
  const std::string id = text_in(page.take()[0].data, "connection");
  const Principal person = make_principal("person_1", "session_9", {one});
  ASSERT_TRUE(hub->set_topics(id, person, {"events"}));
  publish_event(one, 1);
  publish_event(one, 2, "fleet");
  settle();
  EXPECT_THAT(numbers(page.take(), "event", "n"), ElementsAre(1));
  EXPECT_EQ(hub->set_topics(id, make_principal("person_2", "s", {one}), {"fleet"}).error().code,
            ErrorCode::not_found);
  EXPECT_EQ(hub->set_topics("0000000000000000", person, {"fleet"}).error().code, ErrorCode::not_found);
  EXPECT_EQ(hub->set_topics("x", person, {"fleet"}).error().code, ErrorCode::not_found);
  EXPECT_EQ(hub->set_topics(id, person, {"secrets"}).error().code, ErrorCode::unprocessable);
  ASSERT_TRUE(hub->set_topics(id, person, {}));
  publish_event(one, 3);
  settle();
  EXPECT_THAT(page.take(), IsEmpty());
}

TEST_F(HubTest, RescopeStopsWhatWasNotYetDelivered) {
  Page page = open({"events"}, {one, two});
  settle();
  ignore(page.take(), "hello");
  publish_event(one, 1);
  loop.run_ready();
  publish_event(two, 2);  // waits for the tick
  publish_event(one, 3);
  const Principal now = make_principal("person_1", "session_1", {one});
  hub->rescope("person_1", "session_1", &now);
  settle();
  const auto events = page.take();
  EXPECT_EQ(numbers(events, "event", "n"), (std::vector<std::int64_t>{1}));
  ASSERT_EQ(events.back().type, "resync");
  EXPECT_EQ(text_in(events.back().data, "reason"), "scope");
  publish_event(two, 4);
  publish_event(one, 5);
  settle();
  EXPECT_THAT(numbers(page.take(), "event", "n"), ElementsAre(5));
}

TEST_F(HubTest, RescopeClosesWhoMaySeeNothing) {
  Page first = open({"events"}, {one}, {}, "person_1");
  Page second = open({"events"}, {one}, {}, "person_2");
  Page third = open({"events"}, {one}, {}, "person_3");
  hub->rescope("person_1", "session_1", nullptr);
  EXPECT_TRUE(first.stream->is_closed);
  hub->rescope("person_2", "another_session", nullptr);
  EXPECT_FALSE(second.stream->is_closed);
  const Principal nobody = make_principal("person_3", "session_1", {});
  hub->rescope("person_3", "", &nobody);
  EXPECT_TRUE(third.stream->is_closed);
}

TEST_F(HubTest, ResumeAfterAChangeOfGrantsFetchesAfresh) {
  Page page = open({"events"}, {one, two});
  publish_event(one, 1);
  settle();
  const std::string id = page.last_id();
  page.stream->cut();
  loop.run_ready();
  publish_event(two, 2);
  const Principal now = make_principal("person_1", "session_1", {one});
  hub->rescope("person_1", "", &now);
  Page next = open({"events"}, {one}, id);
  settle();
  const auto events = next.take();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(text_in(events[1].data, "reason"), "scope");
  next.stream->cut();
  Page last = open({"events"}, {one}, next.last_id());
  settle();
  EXPECT_EQ(last.take().size(), 1U) << "once is enough";
}

TEST_F(HubTest, RefusesAPassFromBeforeAChangeOfGrants) {
  const Principal person = make_principal("person_1", "session_1", {one});
  const auto pass = hub->admit(person);
  hub->rescope("person_1", "session_1", nullptr);
  auto stream = std::make_shared<FakeByteStream>(loop);
  EXPECT_EQ(hub->attach(stream, {person, {"events"}, {one}, {}, *pass}).error().code, ErrorCode::closed);
  EXPECT_TRUE(stream->is_closed);
}

TEST_F(HubTest, TellsInterestInTurnsAndForgivesAReload) {
  std::vector<std::string> news;
  hub->on_interest(
      [&](const Topic& topic, bool watched) { news.push_back((watched ? "+" : "-") + topic.name); });
  Page page = open({"fleet"}, {one});
  Page other = open({"fleet"}, {one}, {}, "person_2");
  EXPECT_THAT(news, ElementsAre("+fleet"));
  other.stream->cut();
  page.stream->cut();
  loop.run_for(Seconds(3));
  Page again = open({"fleet"}, {one});
  loop.run_for(Seconds(20));
  EXPECT_THAT(news, ElementsAre("+fleet"));
  again.stream->cut();
  loop.run_for(Seconds(7));
  EXPECT_THAT(news, ElementsAre("+fleet", "-fleet"));
  EXPECT_TRUE(hub->is_watched({one, "fleet"})) << "somebody may resume";
  loop.run_for(Seconds(300));
  EXPECT_FALSE(hub->is_watched({one, "fleet"}));
  EXPECT_FALSE(hub->is_watched({one, "never"}));
}

TEST_F(HubTest, StopDeliversWhatIsQueued) {
  Page page = open({"events"}, {one});
  settle();
  publish_event(one, 1);
  loop.run_ready();
  publish_event(one, 2);
  loop.run(hub->stop());
  EXPECT_THAT(numbers(page.take(), "event", "n"), ElementsAre(1, 2));
  EXPECT_TRUE(page.stream->is_closed);
  publish_event(one, 3);
  EXPECT_EQ(hub->admit(make_principal("p", "s", {one})).error().code, ErrorCode::unavailable);
}

TEST_F(HubTest, FiguresCount) {
  Page page = open({"events"}, {one});
  settle();
  for (int i = 0; i < 10; ++i) publish_event(one, i);
  settle();
  ignore(page.take(), "counted below");
  const HubFigures figures = hub->figures();
  EXPECT_EQ(figures.connections, 1U);
  EXPECT_EQ(figures.published, 10U);
  EXPECT_EQ(figures.delivered, 10U);
  EXPECT_EQ(figures.window_messages, 10U);
  EXPECT_GT(figures.window_bytes, 10U * 40U);
}

}  // namespace
}  // namespace fettle::stream
