#include "fettle/events/event_log.h"

#include <gmock/gmock.h>

#include <set>

#include "fettle/events/event_json.h"
#include "tests/unit/events/events_fixture.h"

namespace fettle::events {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct EventLogTest : EventsFixture {};

TEST_F(EventLogTest, GivesBackWhatWasRecorded) {
  Event event = make_event("host.offline");
  event.severity = Severity::warning;
  event.source_kind = "host";
  event.source_id = HostId(make_uuid7(5, {})).text();
  event.source_name = "web \"1\"\n\xE2\x82\xAC";
  event.message = "silent for 15 s";
  event.fields = {{"reason", "silent"}, {"", "empty"}, {"quote\"", "\x01"}};
  add(event);
  const EventList list = list_all();
  ASSERT_EQ(list.events.size(), 1U);
  EXPECT_EQ(event_json(list.events[0]), event_json(event));
  EXPECT_FALSE(list.next);
}

TEST_F(EventLogTest, ARepeatedWriteHasNoSecondEffect) {
  const Event event = make_event("host.online");
  auto page = watch();
  add(event);
  add(event);
  loop.run_for(Millis(100));
  EXPECT_EQ(list_all().events.size(), 1U);
  EXPECT_THAT(heard(page), ElementsAre("host.online"));
}

TEST_F(EventLogTest, PublishesAfterTheCommitAndNotForARefusedWrite) {
  auto page = watch();
  const Event event = make_event("host.online");
  const auto refused = loop.run(store->write([&](store::Session& session) -> Result<> {
    log->record(session, event);
    return fail(ErrorCode::conflict, "no", "no");
  }));
  EXPECT_FALSE(refused);
  loop.run_for(Millis(100));
  EXPECT_THAT(heard(page), IsEmpty());
  EXPECT_THAT(list_all().events, IsEmpty());
  add(event);
  loop.run_for(Millis(100));
  EXPECT_THAT(heard(page), ElementsAre("host.online"));
}

TEST_F(EventLogTest, ReachesAPageOnceThoughItLooksAtTheHostToo) {
  const HostId host(make_uuid7(5, {}));
  auto page = watch({"events", "host:" + host.text()});
  Event event = make_event("host.rebooted");
  event.source_kind = "host";
  event.source_id = host.text();
  add(event);
  loop.run_for(Millis(100));
  EXPECT_THAT(heard(page), ElementsAre("host.rebooted"));
}

TEST_F(EventLogTest, FiltersByAllOfItsFields) {
  Event one = make_event("a.one"), two = make_event("a.two"), three = make_event("a.two");
  one.severity = Severity::error;
  one.source_id = "host_1";
  two.source_id = "host_1";
  three.environment = other;
  for (const Event& event : {one, two, three}) add(event);
  const auto types = [this](EventFilter filter) {
    std::vector<std::string> out;
    for (const Event& event : list(std::move(filter)).events) out.push_back(event.type);
    return out;
  };
  EXPECT_THAT(types({.environments = {mine}}), ElementsAre("a.two", "a.one"));
  EXPECT_THAT(types({.environments = {mine}, .severities = {Severity::error}}), ElementsAre("a.one"));
  EXPECT_THAT(types({.environments = {mine, other}, .types = {"a.two"}}), ElementsAre("a.two", "a.two"));
  EXPECT_THAT(types({.environments = {mine, other}, .source_id = "host_1"}), ElementsAre("a.two", "a.one"));
  EXPECT_THAT(types({.environments = {other}, .source_id = "host_1"}), IsEmpty());
  EXPECT_THAT(types({}), IsEmpty()) << "no environment, no event";
}

TEST_F(EventLogTest, PagesNeitherRepeatNorSkipWhileEventsCome) {
  io::SimRandom draw(99);
  for (int round = 0; round < 20; ++round) {
    const std::size_t before = 1 + draw.below(120);
    for (std::size_t i = 0; i < before; ++i) {
      Event event = make_event("x");
      if (draw.chance(30)) event.environment = other;
      event.at = wall_from_unix_ms(static_cast<std::int64_t>(draw.below(1'000'000)));  // clocks say anything
      add(event);
    }
    std::set<EventId> wanted;
    for (const Event& event : list({.environments = {mine, other}, .limit = kMostEvents}).events)
      wanted.insert(event.id);
    std::optional<EventSequence> cursor;
    std::vector<EventId> seen;
    for (bool is_first = true; is_first || cursor; is_first = false) {
      const EventList page =
          list({.environments = {mine, other}, .before = cursor, .limit = 1 + draw.below(40)});
      for (const Event& event : page.events) seen.push_back(event.id);
      ASSERT_LT(page.next.value_or(0), cursor.value_or(INT64_MAX)) << "it gets on";
      cursor = page.next;
      add(make_event("later"));
    }
    const std::set<EventId> got(seen.begin(), seen.end());
    ASSERT_EQ(got.size(), seen.size()) << "repeated";
    if (wanted.size() < kMostEvents) {
      ASSERT_TRUE(std::ranges::includes(got, wanted)) << "skipped";
      ASSERT_EQ(got.size(), wanted.size()) << "what came later belongs to no later page";
    }
    if (wanted.size() >= kMostEvents) break;
  }
}

TEST_F(EventLogTest, LimitIsExactAtTheEnd) {
  for (int i = 0; i < 10; ++i) add(make_event("x"));
  EXPECT_FALSE(list({.environments = {mine}, .limit = 10}).next);
  const EventList nine = list({.environments = {mine}, .limit = 9});
  ASSERT_TRUE(nine.next);
  EXPECT_EQ(list({.environments = {mine}, .before = nine.next, .limit = 9}).events.size(), 1U);
}

}  // namespace
}  // namespace fettle::events
