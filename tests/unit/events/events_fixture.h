// A store in a folder of its own, a hub and an event log, under virtual time.
#pragma once
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "fettle/access/access_schema.h"
#include "fettle/access/people_schema.h"
#include "fettle/events/event_log.h"
#include "fettle/events/events_schema.h"
#include "fettle/io/log_sink.h"
#include "fettle/io/sim/sim_clock.h"
#include "fettle/io/sim/sim_loop.h"
#include "fettle/io/system_files.h"
#include "fettle/store/sqlite_store.h"
#include "fettle/stream/hub.h"
#include "tests/support/fake_byte_stream.h"
#include "tests/support/sse_parser.h"

namespace fettle::events {

struct EventsFixture : ::testing::Test {
  EventsFixture() {
    std::string pattern = (std::filesystem::temp_directory_path() / "fettle-events-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder = pattern;
    store = std::make_unique<store::SqliteStore>(
        loop, clock, files, io_log,
        store::SqliteStoreOptions{
            .path = folder + "/fettle.db",
            .migrations = {{1, "access", access::access_schema_sql()},
                           {2, "events", events_schema_sql()},
                           {3, "conditions", conditions_schema_sql()},
                           {4, "event errors", event_errors_schema_sql()},
                           {5, "environment removal", access::environment_removal_schema_sql()}},
            .reserve_bytes = 64 * 1024});
    const Result<> opened = store->open();
    if (!opened) throw std::runtime_error(opened.error().detail);
    hub.start();
    log = std::make_unique<EventLog>(*store, hub);
  }
  ~EventsFixture() override {
    loop.run(hub.stop());
    loop.run(store->stop());
    store.reset();
    std::filesystem::remove_all(folder);
  }

  Event make_event(std::string type) {
    Event event;
    event.at = wall_from_unix_ms(unix_ms(clock.wall_now()));
    event.id = random.make_id<EventId>(event.at);
    event.type = std::move(type);
    event.environment = mine;
    event.source_kind = "server";
    event.message = "something happened";
    return event;
  }
  void add(const Event& event) {
    const Result<> added = loop.run(log->add(event));
    EXPECT_TRUE(added) << added.error().detail;
  }
  EventList list(EventFilter filter) {
    Result<EventList> listed = loop.run(log->list(std::move(filter)));
    EXPECT_TRUE(listed) << listed.error().detail;
    return std::move(*listed);
  }
  EventList list_all() { return list({.environments = {mine, other}, .limit = kMostEvents}); }

  std::shared_ptr<fettle::testing::FakeByteStream> watch(std::vector<std::string> topics = {"events"}) {
    auto stream = std::make_shared<fettle::testing::FakeByteStream>(loop);
    Principal person;
    person.kind = PrincipalKind::person;
    person.id = "person_1";
    EXPECT_TRUE(hub.attach(stream, {person, std::move(topics), {mine}, {}, {}}));
    return stream;
  }
  /// Types of the events that have come.
  static std::vector<std::string> heard(const std::shared_ptr<fettle::testing::FakeByteStream>& stream) {
    fettle::testing::SseParser parser;
    parser.feed(stream->received);
    std::vector<std::string> types;
    for (const auto& event : parser.events) {
      if (event.type != "event") continue;
      const std::size_t at = event.data.find("\"type\":\"") + 8;
      types.push_back(event.data.substr(at, event.data.find('"', at) - at));
    }
    return types;
  }

  std::string folder;
  io::SimLoop loop{1};
  io::SimClock clock{loop};
  io::SimRandom random{7}, hub_random{8};
  io::SystemFiles files;
  std::shared_ptr<io::MemorySink> sink = std::make_shared<io::MemorySink>();
  io::Log io_log{sink, "test"};
  std::unique_ptr<store::SqliteStore> store;
  stream::Hub hub{loop, clock, hub_random, io_log, {}, "0.1.0"};
  std::unique_ptr<EventLog> log;
  EnvironmentId mine{make_uuid7(1, {})}, other{make_uuid7(2, {})};
};

}  // namespace fettle::events
