#include "fettle/logs/log_filter.h"

#include <gtest/gtest.h>

namespace fettle::logs {
namespace {

io::LogRecord record(std::uint64_t id, LogLevel level, std::string message) {
  auto entry = std::make_shared<io::LogEntry>();
  entry->level = level;
  entry->component = "fleet";
  entry->message = std::move(message);
  entry->fields = {{"host", "Web-1"}};
  return {id, 1, WallTime(Seconds(static_cast<std::int64_t>(id))), entry};
}

TEST(LogFilter, AsksForLevelTextTimeAndPlace) {
  const io::LogRecord line = record(5, LogLevel::warn, "Agent refused");
  EXPECT_TRUE(is_wanted(line, {}));
  EXPECT_TRUE(is_wanted(line, {.least = LogLevel::warn}));
  EXPECT_FALSE(is_wanted(line, {.least = LogLevel::error}));
  for (const char* text : {"agent", "REFUSED", "fleet", "host=web"})
    EXPECT_TRUE(is_wanted(line, {.text = text})) << text;
  EXPECT_FALSE(is_wanted(line, {.text = "offline"}));
  EXPECT_TRUE(is_wanted(line, {.since = WallTime(Seconds(5))}));
  EXPECT_FALSE(is_wanted(line, {.since = WallTime(Seconds(6))}));
  EXPECT_FALSE(is_wanted(line, {.after = 5}));
  EXPECT_TRUE(is_wanted(line, {.after = 4, .before = 6}));
  EXPECT_FALSE(is_wanted(line, {.before = 5}));
}

TEST(LogFilter, TakesTheNewestThatFit) {
  std::vector<io::LogRecord> all;
  for (std::uint64_t id = 1; id <= 10; ++id)
    all.push_back(record(id, id % 2 ? LogLevel::info : LogLevel::warn, "m"));
  const LogSelection two = select_newest(all, {.least = LogLevel::warn}, 2);
  ASSERT_EQ(two.records.size(), 2U);
  EXPECT_EQ(two.records[0].id, 8U);
  EXPECT_EQ(two.records[1].id, 10U);
  EXPECT_TRUE(two.has_older);
  EXPECT_FALSE(select_newest(all, {.least = LogLevel::warn}, 5).has_older);
  EXPECT_TRUE(select_newest({}, {}, 5).records.empty());
}

}  // namespace
}  // namespace fettle::logs
