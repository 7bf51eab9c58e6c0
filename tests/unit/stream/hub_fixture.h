// A hub under virtual time, and pages that read it.
#pragma once
#include <gtest/gtest.h>

#include <charconv>
#include <memory>
#include <string>
#include <vector>

#include "fettle/io/log_sink.h"
#include "fettle/io/sim/sim_clock.h"
#include "fettle/io/sim/sim_loop.h"
#include "fettle/stream/hub.h"
#include "tests/support/fake_byte_stream.h"
#include "tests/support/sse_parser.h"

namespace fettle::stream {

inline EnvironmentId make_environment(std::uint8_t number) {
  Uuid uuid{};
  uuid[15] = number;
  return EnvironmentId(uuid);
}
inline std::string host_topic(std::uint8_t number) {
  Uuid uuid{};
  uuid[15] = number;
  return "host:" + HostId(uuid).text();
}
inline Principal make_principal(std::string id, std::string session,
                                const std::vector<EnvironmentId>& environments) {
  Principal principal;
  principal.kind = PrincipalKind::person;
  principal.id = std::move(id);
  principal.session_id = std::move(session);
  for (const EnvironmentId& environment : environments) {
    principal.grants[environment] = {environment, "e", "viewer", {Permission::view}};
  }
  return principal;
}
/// The whole number behind `"name":` in one line of JSON; -1 when there is none.
inline std::int64_t number_in(std::string_view json, std::string_view name) {
  const std::string wanted = "\"" + std::string(name) + "\":";
  const std::size_t at = json.find(wanted);
  std::int64_t value = -1;
  if (at != std::string_view::npos) {
    std::from_chars(json.data() + at + wanted.size(), json.data() + json.size(), value);
  }
  return value;
}
inline std::string text_in(std::string_view json, std::string_view name) {
  const std::string wanted = "\"" + std::string(name) + "\":\"";
  const std::size_t at = json.find(wanted);
  if (at == std::string_view::npos) return {};
  const std::size_t begin = at + wanted.size();
  return std::string(json.substr(begin, json.find('"', begin) - begin));
}

struct HubFixture : ::testing::Test {
  using FakeByteStream = fettle::testing::FakeByteStream;
  using SseEvent = fettle::testing::SseEvent;

  explicit HubFixture(HubSettings chosen = {}) : settings(chosen) { make_hub(); }
  ~HubFixture() override { loop.run(hub->stop()); }

  void make_hub() {
    hub = std::make_unique<Hub>(loop, clock, random, log, settings, "0.1.0");
    hub->start();
  }

  struct Page {
    std::shared_ptr<FakeByteStream> stream;
    fettle::testing::SseParser parser;
    std::string all;

    /// What has come since the last call.
    std::vector<SseEvent> take() {
      parser.feed(stream->received);
      all += std::exchange(stream->received, {});
      EXPECT_EQ(parser.fault, "");
      return std::exchange(parser.events, {});
    }
    std::string last_id() {
      parser.feed(stream->received);
      all += std::exchange(stream->received, {});
      return parser.last_id;
    }
  };

  Page open(std::vector<std::string> topics, std::vector<EnvironmentId> environments,
            std::string last_id = {}, std::string principal = "person_1",
            std::size_t buffer = FakeByteStream::kEndless) {
    Page page{std::make_shared<FakeByteStream>(loop, buffer), {}, {}};
    Subscription subscription{make_principal(principal, "session_1", environments), std::move(topics),
                              environments, std::move(last_id)};
    const Result<> attached = hub->attach(page.stream, std::move(subscription));
    EXPECT_TRUE(attached) << attached.error().detail;
    return page;
  }
  /// Lets the ticks that are due happen.
  void settle() { loop.run_for(Millis(100)); }

  void publish_event(const EnvironmentId& environment, int number, std::string topic = "events") {
    hub->publish({environment, std::move(topic)}, EventMessage{"{\"n\":" + std::to_string(number) + "}"},
                 Keep::kept);
  }
  void publish_metrics(const EnvironmentId& environment, std::uint8_t host, std::int64_t at) {
    hub->publish({environment, host_topic(host)}, MetricUpdate{host_topic(host), at, "ab", 5000, {1.5, 2}},
                 Keep::sample, "metrics");
  }

  HubSettings settings;
  io::SimLoop loop{1};
  io::SimClock clock{loop};
  io::SimRandom random{42};
  std::shared_ptr<io::MemorySink> sink = std::make_shared<io::MemorySink>();
  io::Log log{sink, "stream"};
  std::unique_ptr<Hub> hub;
  EnvironmentId one = make_environment(1), two = make_environment(2), three = make_environment(3);
};

inline std::vector<std::int64_t> numbers(const std::vector<fettle::testing::SseEvent>& events,
                                         std::string_view type, std::string_view name) {
  std::vector<std::int64_t> out;
  for (const auto& event : events) {
    if (event.type == type) out.push_back(number_in(event.data, name));
  }
  return out;
}

}  // namespace fettle::stream
