#include "fettle/io/log_ring.h"

#include <gtest/gtest.h>

#include <thread>

namespace fettle::io {
namespace {

constexpr WallTime kStart{std::chrono::seconds(1'800'000'000)};

struct LogRingTest : ::testing::Test {
  void add(std::string_view message, Seconds after = {}, LogLevel level = LogLevel::info) {
    const std::array fields{LogField{"host", "web-1"}};
    ring.add({level, "test", message, fields}, kStart + after);
  }
  std::vector<std::string> messages() {
    std::vector<std::string> out;
    for (const LogRecord& record : ring.snapshot()) out.push_back(record.entry->message);
    return out;
  }
  LogRing ring{kStart, {.lines = 3, .bytes = 4'096, .changes = 4}};
};

using Texts = std::vector<std::string>;

TEST_F(LogRingTest, KeepsTheNewestLines) {
  for (const char* message : {"a", "b", "c", "d"}) add(message);
  EXPECT_EQ(messages(), (Texts{"b", "c", "d"}));
  const auto records = ring.snapshot();
  EXPECT_EQ(records[1].id, records[0].id + 1);
  EXPECT_GT(records[0].id, static_cast<std::uint64_t>(kStart.time_since_epoch().count()))
      << "of no earlier life";
}

TEST_F(LogRingTest, IsBoundedInBytes) {
  for (int i = 0; i < 3; ++i) add(std::string(2'000, static_cast<char>('a' + i)));
  EXPECT_EQ(ring.snapshot().size(), 1U);
  add(std::string(1U << 20U, 'x'));
  EXPECT_LT(ring.snapshot().back().entry->message.size(), 5'000U);
}

TEST_F(LogRingTest, CountsRepeatsWithinHalfAMinute) {
  add("again");
  add("other");
  add("again", Seconds(30));
  ASSERT_EQ(messages(), (Texts{"again", "other"}));
  EXPECT_EQ(ring.snapshot()[0].count, 2U);
  EXPECT_EQ(ring.snapshot()[0].last_at, kStart + Seconds(30));
  add("again", Seconds(31));
  EXPECT_EQ(messages(), (Texts{"again", "other", "again"})) << "a new line each half minute";
  add("again", Seconds(32), LogLevel::warn);
  EXPECT_EQ(ring.snapshot().back().count, 1U) << "another level is another line";
}

TEST_F(LogRingTest, ALineThatIsGoneComesAnew) {
  for (const char* message : {"a", "b", "c", "d", "a"}) add(message);
  EXPECT_EQ(messages(), (Texts{"c", "d", "a"}));
  EXPECT_EQ(ring.snapshot().back().count, 1U);
}

TEST_F(LogRingTest, AClockThatGoesBackCountsNothingTogether) {
  add("a", Seconds(100));
  add("a", Seconds(0));
  EXPECT_EQ(messages(), (Texts{"a", "a"}));
}

TEST_F(LogRingTest, GivesChangesOnceAndSaysHowManyWereTooMany) {
  add("a");
  add("a");
  add("b");
  auto changes = ring.take_changes();
  ASSERT_EQ(changes.records.size(), 2U);
  EXPECT_EQ(changes.records[0].count, 2U);
  EXPECT_EQ(changes.skipped, 0U);
  EXPECT_TRUE(ring.take_changes().records.empty());
  add("a");
  EXPECT_EQ(ring.take_changes().records.at(0).count, 3U) << "a repeat is a change";
  for (int i = 0; i < 10; ++i) add("line " + std::to_string(i));
  changes = ring.take_changes();
  EXPECT_EQ(changes.records.size() + changes.skipped, 10U);
  EXPECT_EQ(changes.records.back().entry->message, "line 9");
}

TEST_F(LogRingTest, TellsItsListenerWhenItWasQuiet) {
  int calls = 0;
  ring.on_change([&] { ++calls; });
  add("a");
  add("b");
  EXPECT_EQ(calls, 1);
  ring.take_changes();
  add("c");
  EXPECT_EQ(calls, 2);
  ring.on_change({});
  ring.take_changes();
  add("d");
  EXPECT_EQ(calls, 2);
}

TEST_F(LogRingTest, TakesLinesFromManyThreads) {
  LogRing large(kStart);
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&large, t] {
        for (int i = 0; i < 500; ++i) {
          large.add({LogLevel::info, "t", std::to_string(t) + ":" + std::to_string(i % 250), {}}, kStart);
          if (i % 50 == 0) large.take_changes();
        }
      });
    }
  }
  std::uint64_t total = 0;
  for (const LogRecord& record : large.snapshot()) total += record.count;
  EXPECT_EQ(total, 2'000U);
  EXPECT_EQ(large.snapshot().size(), 1'000U);
}

TEST_F(LogRingTest, TheSinkWritesToBoth) {
  const auto memory = std::make_shared<MemorySink>();
  const auto kept = std::make_shared<LogRing>(kStart);
  const Log log(std::make_shared<RingSink>(memory, kept), "server");
  log.info("serving", {{"port", 8420}});
  EXPECT_EQ(memory->count("serving"), 1U);
  ASSERT_EQ(kept->snapshot().size(), 1U);
  EXPECT_EQ(kept->snapshot()[0].entry->fields.at(0), (std::pair<std::string, std::string>{"port", "8420"}));
}

}  // namespace
}  // namespace fettle::io
