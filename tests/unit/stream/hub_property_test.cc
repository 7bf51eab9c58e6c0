// Random publishing, cuts at any byte, resumes, slow readers, changes of topics and grants, under virtual
// time. Steps: FETTLE_STREAM_STEPS (100000), first seed: FETTLE_STREAM_SEED (1).
#include <gmock/gmock.h>

#include <cstdlib>

#include "fettle/base/json_value.h"
#include "tests/unit/stream/hub_model.h"

namespace fettle::stream {
namespace {

using fettle::testing::FakeByteStream;
using fettle::testing::SseEvent;
using fettle::testing::SseParser;

constexpr std::uint8_t kEnvironments = 3, kHosts = 5;

std::uint64_t knob(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

HubSettings small_settings() {
  HubSettings settings;
  settings.window_age = Seconds(120);
  settings.window_bytes = 96U << 10U;
  settings.reader_bytes = 8U << 10U;
  settings.stalled = Seconds(60);
  return settings;
}

class World {
 public:
  World(std::uint64_t seed, HubSettings chosen)
      : settings(chosen),
        loop(seed),
        draw(seed * 7919),
        hub_random(seed),
        hub(loop, clock, hub_random, log, settings, "0.1.0") {
    hub.on_interest([this](const Topic& topic, bool is_watched) {
      ASSERT_NE(watched.contains(topic), is_watched) << "interest is told in turns";
      if (is_watched) {
        watched.insert(topic);
      } else {
        watched.erase(topic);
      }
    });
    for (int i = 0; i < 4; ++i) grants["person_" + std::to_string(i)] = {make_environment(1)};
    for (int i = 0; i < 12; ++i) {
      ModelPage page;
      page.principal = "person_" + std::to_string(draw.below(4));
      page.topics = random_topics();
      page.is_fast = i % 3 != 0;
      page.buffer = page.is_fast ? FakeByteStream::kEndless : 200 + draw.below(4000);
      pages.push_back(std::make_unique<ModelPage>(std::move(page)));
    }
    hub.start();
  }
  ~World() { loop.run(hub.stop()); }

  void step() {
    const std::uint64_t what = draw.below(1000);
    ModelPage& page = *pages[draw.below(pages.size())];
    if (what < 520) {
      publish();
    } else if (what < 530) {
      for (std::uint64_t i = draw.below(300); i > 0; --i) publish();
    } else if (what < 640) {
      if (page.stream) page.stream->read(draw.below(3000));
    } else if (what < 690) {
      if (!page.stream) connect(page);
    } else if (what < 705) {
      if (page.stream) cut(page);
    } else if (what < 725) {
      change_topics(page);
    } else if (what < 735) {
      change_grants();
    } else if (what < 985) {
      pass(Millis(draw.below(30)));
    } else if (what < 999) {
      pass(Seconds(draw.below(8)));
    } else {
      pass(Seconds(draw.below(200)));
    }
  }

  void pass(Nanos time) {
    loop.run_for(time);
    for (auto& page : pages) digest(*page);
  }

  /// Everybody reads everything: nothing is owed any more.
  void settle() {
    for (auto& page : pages) {
      if (!page->stream) connect(*page);
    }
    const auto is_behind = [](const auto& page) {
      return !page->owed.empty() || (page->stream && page->stream->buffered() > 0);
    };
    for (int i = 0; i < 4000 && (i < 100 || std::ranges::any_of(pages, is_behind)); ++i) {
      for (auto& page : pages) {
        if (page->stream) page->stream->read();
      }
      pass(Millis(25));
    }
    pass(Seconds(8));
    std::set<Topic> looked_at;
    for (auto& page : pages) {
      ASSERT_TRUE(page->stream) << "nobody closes a page that reads";
      EXPECT_TRUE(page->owed.empty())
          << "lost: " << page->owed.front().number << " on " << page->owed.front().topic.name << " of "
          << count << ", page of " << page->principal << (page->is_fast ? " fast" : " slow") << " at "
          << page->last_id << ", buffer " << page->buffer << ", resynced through " << page->resynced_through
          << ", " << page->owed.size() << " owed, " << page->stream->buffered() << " unread, written up to "
          << page->written.last_id;
      for (const auto& [topic, since] : page->looks_since) {
        looked_at.insert(topic);
        expect_newest(*page, topic, since);
      }
    }
    EXPECT_EQ(watched, looked_at);
  }

  std::size_t received = 0, resyncs = 0, resumed = 0, fresh = 0;
  std::map<std::string, std::size_t> reasons;

 private:
  std::set<std::string> random_topics() {
    std::set<std::string> topics;
    if (draw.chance(70)) topics.insert("fleet");
    if (draw.chance(70)) topics.insert("events");
    for (std::uint8_t i = 0; i < kHosts; ++i) {
      if (draw.chance(25)) topics.insert(host_topic(i));
    }
    return topics;
  }

  void publish() {
    const Topic events{make_environment(static_cast<std::uint8_t>(1 + draw.below(kEnvironments))), "events"};
    const std::int64_t number = ++count;
    const std::uint64_t kind = draw.below(10);
    if (kind < 4) {
      const std::string topic = draw.chance(60) ? "events" : "fleet";
      const Published message{number, {events.environment, topic}, loop.now()};
      hub.publish(message.topic,
                  EventMessage{"{\"n\":" + std::to_string(number) + ",\"env\":\"" +
                               events.environment.text() + "\",\"topic\":\"" + topic + "\",\"fill\":\"" +
                               std::string(draw.below(300), 'x') + "\"}"},
                  Keep::kept);
      for (auto& page : pages) {
        if (page->looks_at(message.topic)) page->owed.push_back(message);
      }
    } else if (kind < 8) {
      const auto host = static_cast<std::uint8_t>(draw.below(kHosts));
      const Topic topic{make_environment(static_cast<std::uint8_t>(1 + host % kEnvironments)),
                        host_topic(host)};
      const std::string key = draw.chance(50) ? "a" : "b";
      hub.publish(topic, MetricUpdate{topic.name, number, key, 5000, {1, 2, 3}}, Keep::sample, key);
      newest[topic.environment.text() + topic.name + key] = {number, topic};
    } else {
      const Topic topic{events.environment, "fleet"};
      FleetStatus status{topic.environment.text(), number, {}};
      for (std::int64_t host = 0; host < 12; ++host) {
        if (!draw.chance(25)) continue;
        status.hosts.push_back({host, 1, 500, 500, 500, number % 10'000'000, 1});
        newest[topic.environment.text() + "row" + std::to_string(host)] = {number, topic};
      }
      hub.publish(topic, status, Keep::sample);
    }
  }

  /// What the page looks at from now on, as far as its principal may.
  void look(ModelPage& page) {
    std::map<Topic, std::int64_t> now;
    for (const EnvironmentId& environment : grants[page.principal]) {
      for (const std::string& name : page.topics) {
        const Topic topic{environment, name};
        now[topic] = page.looks_at(topic) ? page.looks_since[topic] : count;
      }
    }
    for (const auto& [topic, since] : page.looks_since) page.looked_since[topic] = since;
    page.looks_since = std::move(now);
    std::deque<Published> owed;
    for (Published& message : page.owed) {
      if (page.looks_at(message.topic)) {
        owed.push_back(std::move(message));
      } else {
        page.allowed.insert(message.number);  // may be on its way already
      }
    }
    page.owed = std::move(owed);
  }

  void connect(ModelPage& page) {
    page.received = page.written = {};
    page.connection.clear();
    page.stream = std::make_shared<FakeByteStream>(loop, page.buffer);
    page.stream->reads_at_once = page.is_fast;
    page.stream->on_taken = [this, &page](std::string_view bytes) { check_written(page, bytes); };
    const std::vector<EnvironmentId> environments(grants[page.principal].begin(),
                                                  grants[page.principal].end());
    if (page.last_id.empty()) {
      page.owed.clear();
      page.looks_since.clear();
    }
    look(page);
    const std::uint64_t forgery = draw.below(100);
    std::string id = page.last_id;
    if (!id.empty() && forgery < 3) id = id.substr(0, 9) + std::to_string(draw.below(1'000'000));
    is_forged = id != page.last_id;
    if (!id.empty()) ++resumed;
    // Sixty messages and the newest samples fit into the window in any case.
    const bool is_fresh = page.is_fast && !id.empty() && !is_forged && !page.has_forged_id &&
                          !page.is_rescoped && loop.now() - page.heard_at < Seconds(90) &&
                          count - page.heard_count < 60 &&
                          (page.owed.empty() || loop.now() - page.owed.front().at < Seconds(90));
    if (is_forged) forge(page, id);
    const Result<> attached =
        hub.attach(page.stream, {make_principal(page.principal, "session", environments),
                                 {page.topics.begin(), page.topics.end()},
                                 environments,
                                 id,
                                 {}});
    ASSERT_TRUE(attached) << attached.error().detail;
    page.seen_resyncs = 0;
    pass(Nanos(0));
    if (is_fresh) {
      ++fresh;
      EXPECT_EQ(page.seen_resyncs, 0U)
          << "a resync inside the window, reason " << page.last_reason << ": last id " << id << ", heard "
          << (loop.now() - page.heard_at) / Millis(1) << " ms ago, " << count - page.heard_count
          << " messages ago; window holds " << hub.figures().window_bytes;
    }
  }

  /// A page that lies about where it was: whatever comes must be its own, in order, without a gap after the
  /// first.
  void forge(ModelPage& page, const std::string& id) {
    page.last_id = id;
    page.has_forged_id = true;
    page.last_sequence = fettle::testing::sequence_of(id);
    page.allowed.clear();
    for (std::int64_t i = 1; i <= count; ++i) page.allowed.insert(i);
    page.owed.clear();
    page.newest.clear();
    for (auto& [topic, since] : page.looks_since) since = count;
  }

  void cut(ModelPage& page) {
    page.stream->read(draw.below(2000));
    digest(page);
    if (!page.stream) return;
    page.stream->cut();
    page.stream.reset();
    loop.run_ready();
  }

  void change_topics(ModelPage& page) {
    digest(page);
    if (page.stream && page.connection.empty()) return;  // it has not read hello yet
    page.topics = random_topics();
    if (!page.stream) return;
    const auto set = hub.set_topics(page.connection, make_principal(page.principal, "session", {}),
                                    {page.topics.begin(), page.topics.end()});
    ASSERT_TRUE(set) << set.error().detail;
    look(page);
  }

  void change_grants() {
    auto& [id, environments] =
        *std::next(grants.begin(), static_cast<std::ptrdiff_t>(draw.below(grants.size())));
    for (auto& page : pages) digest(*page);
    environments.clear();
    for (std::uint8_t i = 1; i <= kEnvironments; ++i) {
      if (draw.chance(50)) environments.insert(make_environment(i));
    }
    if (environments.empty()) environments.insert(make_environment(1));
    for (auto& page : pages) {
      if (page->principal != id) continue;
      look(*page);
      page->is_rescoped = true;
    }
    const Principal now = make_principal(id, "session", {environments.begin(), environments.end()});
    hub.rescope(id, "", &now);
    for (auto& page : pages) digest(*page);
  }

  /// The bytes as they leave the hub: never anything of an environment that is not granted at this moment.
  void check_written(ModelPage& page, std::string_view bytes) {
    if (page.written.is_between_blocks()) page.block_began = count;
    page.written.feed(bytes);
    ASSERT_EQ(page.written.fault, "");
    for (const SseEvent& event : std::exchange(page.written.events, {})) {
      if (event.type == "resync") page.resyncs[fettle::testing::sequence_of(event.id)] = page.block_began;
      page.block_began = count;
      const std::string environment = environment_of(event);
      if (environment.empty()) continue;
      bool is_granted = false;
      for (const EnvironmentId& granted : grants[page.principal]) is_granted |= granted.text() == environment;
      ASSERT_TRUE(is_granted) << event.data;
    }
  }

  std::string environment_of(const SseEvent& event) {
    if (event.type == "event") return text_in(event.data, "env");
    if (event.type == "fleet_status") return text_in(event.data, "environment_id");
    if (event.type != "metric_update") return {};
    for (std::uint8_t host = 0; host < kHosts; ++host) {
      if (text_in(event.data, "host_id") == host_topic(host)) {
        return make_environment(static_cast<std::uint8_t>(1 + host % kEnvironments)).text();
      }
    }
    return "nobody's";
  }

  /// The page reads what has arrived.
  void digest(ModelPage& page) {
    if (!page.stream) return;
    page.received.feed(page.stream->received);
    page.stream->received.clear();
    ASSERT_EQ(page.received.fault, "");
    for (const SseEvent& event : std::exchange(page.received.events, {})) take(page, event);
    if (!page.received.last_id.empty() && page.received.last_id != page.last_id) {
      page.last_id = page.received.last_id;
      page.heard_at = loop.now();
      page.heard_count = count;
      page.has_forged_id = page.is_rescoped = false;  // whatever was due has come
    }
    if (page.stream->is_closed) page.stream.reset();
  }

  void take(ModelPage& page, const SseEvent& event) {
    ++received;
    if (event.type == "hello") {
      ASSERT_EQ(event.id, "");
      page.connection = text_in(event.data, "connection");
      return;
    }
    const std::uint64_t sequence = fettle::testing::sequence_of(event.id);
    if (!(event.type == "resync" && is_forged_resync(page, sequence))) {
      ASSERT_GT(sequence, page.last_sequence) << "ids strictly increase: " << event.type;
    }
    page.last_sequence = sequence;
    if (event.type == "resync") return take_resync(page, event, sequence);
    if (event.type == "event") return take_kept(page, event);
    take_sample(page, event);
  }

  bool is_forged_resync(const ModelPage& page, std::uint64_t sequence) const {
    return sequence <= page.last_sequence;  // a made-up id beyond the present; the resync brings it back
  }

  void take_resync(ModelPage& page, const SseEvent& event, std::uint64_t sequence) {
    ++resyncs;
    ++page.seen_resyncs;
    const std::string reason = text_in(event.data, "reason");
    ++reasons[reason];
    page.last_reason = reason;
    if (page.is_fast) {
      EXPECT_NE(reason, "slow") << "the other readers are none of its business";
    }
    ASSERT_TRUE(page.resyncs.contains(sequence));
    page.resynced_through = page.resyncs[sequence];
    while (!page.owed.empty() && page.owed.front().number <= page.resynced_through) page.owed.pop_front();
  }

  void take_kept(ModelPage& page, const SseEvent& event) {
    const std::int64_t number = number_in(event.data, "n");
    if (!page.owed.empty() && page.owed.front().number == number) return page.owed.pop_front();
    const Topic topic{*EnvironmentId::parse(text_in(event.data, "env")), text_in(event.data, "topic")};
    const auto is_older_than = [&](const std::map<Topic, std::int64_t>& looks) {
      const auto since = looks.find(topic);
      return since != looks.end() && number <= since->second;
    };
    const bool is_older_than_its_look = is_older_than(page.looks_since) || is_older_than(page.looked_since);
    ASSERT_TRUE(is_older_than_its_look || page.allowed.contains(number))
        << number << " on " << topic.name << " came, owed was "
        << (page.owed.empty() ? 0 : page.owed.front().number) << ": lost or repeated";
  }

  void take_sample(ModelPage& page, const SseEvent& event) {
    const std::int64_t number = number_in(event.data, "at");
    const auto note = [&](const std::string& key) {
      ASSERT_LT(page.newest[key], number) << "never an older sample after a newer one: " << key;
      page.newest[key] = number;
    };
    if (event.type == "metric_update") {
      return note(environment_of(event) + text_in(event.data, "host_id") + text_in(event.data, "layout"));
    }
    const auto json = parse_json(event.data);
    ASSERT_TRUE(json) << event.data;
    for (const JsonNode& row : json->items.back().items) {
      ASSERT_EQ(row.items.size(), 7U);
      ASSERT_EQ(row.items[5].integer, number % 10'000'000) << "a row keeps the `at` that it came with";
      note(text_in(event.data, "environment_id") + "row" + std::to_string(row.items[0].integer));
    }
  }

  void expect_newest(ModelPage& page, const Topic& topic, std::int64_t since) {
    for (const auto& [key, published] : newest) {
      if (published.second != topic || published.first <= since || published.first <= page.resynced_through)
        continue;
      EXPECT_EQ(page.newest[key], published.first)
          << "the newest sample of " << key << ", page of " << page.principal
          << (page.is_fast ? " fast" : " slow") << " at " << page.last_id << ", looks since " << since
          << ", resynced through " << page.resynced_through << " of " << count << ", buffer " << page.buffer
          << ", " << page.stream->buffered() << " unread";
    }
  }

  HubSettings settings;
  io::SimLoop loop;
  io::SimClock clock{loop};
  io::SimRandom draw, hub_random;
  std::shared_ptr<io::MemorySink> sink = std::make_shared<io::MemorySink>();
  io::Log log{sink, "stream"};
  Hub hub;
  std::map<std::string, std::set<EnvironmentId>> grants;
  std::vector<std::unique_ptr<ModelPage>> pages;
  std::map<std::string, std::pair<std::int64_t, Topic>> newest;
  std::set<Topic> watched;
  std::int64_t count = 0;
  bool is_forged = false;
};

TEST(HubProperty, NothingForeignLostRepeatedOrOutOfOrder) {
  const std::uint64_t steps = knob("FETTLE_STREAM_STEPS", 100'000);
  const std::uint64_t first = knob("FETTLE_STREAM_SEED", 1);
  constexpr std::uint64_t kStepsAWorld = 5'000;
  std::size_t received = 0, resumed = 0, fresh = 0;
  std::map<std::string, std::size_t> reasons;
  for (std::uint64_t seed = first; seed < first + std::max<std::uint64_t>(1, steps / kStepsAWorld); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    World world(seed, small_settings());
    for (std::uint64_t i = 0; i < kStepsAWorld && !::testing::Test::HasFailure(); ++i) {
      SCOPED_TRACE("step " + std::to_string(i));
      world.step();
      if (i % 1000 == 999) world.settle();
    }
    ASSERT_FALSE(::testing::Test::HasFailure());
    received += world.received;
    resumed += world.resumed;
    fresh += world.fresh;
    for (const auto& [reason, times] : world.reasons) reasons[reason] += times;
  }
  // The world must be rough enough to mean something.
  EXPECT_GT(received, steps / 2);
  EXPECT_GT(resumed, steps / 100);
  EXPECT_GT(fresh, steps / 1000);
  for (const char* reason : {"window", "slow", "scope"}) EXPECT_GT(reasons[reason], 0U) << reason;
}

}  // namespace
}  // namespace fettle::stream
