// A ring, a hub and the feed between them, under virtual time.
#pragma once
#include <gtest/gtest.h>

#include <memory>

#include "fettle/io/log_sink.h"
#include "fettle/io/sim/sim_clock.h"
#include "fettle/io/sim/sim_loop.h"
#include "fettle/logs/log_feed.h"
#include "tests/support/fake_byte_stream.h"
#include "tests/support/sse_parser.h"

namespace fettle::logs {

inline EnvironmentId environment(std::uint8_t number) {
  Uuid uuid{};
  uuid[15] = number;
  return EnvironmentId(uuid);
}

struct LogsFixture : ::testing::Test {
  using FakeByteStream = fettle::testing::FakeByteStream;

  LogsFixture() {
    hub.start();
    feed.start();
  }
  ~LogsFixture() override {
    loop.run(feed.stop());
    loop.run(hub.stop());
  }

  void write(std::string_view message, LogLevel level = LogLevel::info) {
    ring->add({level, "test", message, {}}, clock.wall_now());
  }
  void wait(Millis length) { loop.run(clock.sleep_for(length)); }
  std::shared_ptr<FakeByteStream> follow(LogFilter filter = {}, const std::string& session = "session_1") {
    auto stream = std::make_shared<FakeByteStream>(loop);
    Principal person;
    person.kind = PrincipalKind::person;
    person.id = "person_1";
    person.session_id = session;
    person.server_administrator = true;
    feed.follow(stream, {*feed.admit(), person, std::move(filter), {}});
    return stream;
  }
  static std::vector<std::string> messages(const FakeByteStream& stream) {
    fettle::testing::SseParser parser;
    parser.feed(stream.received);
    EXPECT_EQ(parser.fault, "");
    std::vector<std::string> out;
    for (const auto& event : parser.events) {
      if (event.type != "log_entry") continue;
      const std::size_t at = event.data.find("\"message\":\"");
      out.push_back(at == std::string::npos
                        ? event.data
                        : event.data.substr(at + 11, event.data.find('"', at + 11) - at - 11));
    }
    return out;
  }

  io::SimLoop loop{7};
  io::SimClock clock{loop};
  std::shared_ptr<io::MemorySink> sink = std::make_shared<io::MemorySink>();
  io::Log log{sink, "test"};
  std::shared_ptr<io::LogRing> ring = std::make_shared<io::LogRing>(clock.wall_now());
  EnvironmentId system = environment(2);
  stream::Hub hub{loop, clock, loop.random(), log, {}, "1"};
  LogFeed feed{loop, clock, log, ring, hub, system, {.follower_bytes = 64 * 1024, .max_followers = 3}};
};

using Texts = std::vector<std::string>;

}  // namespace fettle::logs
