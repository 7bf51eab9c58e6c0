#include "fettle/stream/topics.h"

#include <gtest/gtest.h>

namespace fettle::stream {
namespace {

const std::string kHost = "host:host_0123456789abcdef0123456789abcdef";

TEST(Topics, KnowsEachKind) {
  EXPECT_TRUE(is_topic_name("fleet"));
  EXPECT_TRUE(is_topic_name("events"));
  EXPECT_TRUE(is_topic_name("logs"));
  EXPECT_TRUE(is_topic_name(kHost));
  for (const std::string_view name :
       {"", "Fleet", "fleet ", "host:", "host:host_12", "run:run_1", "log",
        "host:host_0123456789ABCDEF0123456789ABCDEF", "host:env_0123456789abcdef0123456789abcdef"}) {
    EXPECT_FALSE(is_topic_name(name)) << name;
  }
}

TEST(Topics, SortsAndDropsRepeats) {
  const std::vector<std::string> names{kHost, "fleet", "events", "fleet"};
  EXPECT_EQ(*parse_topics(names, "/query/topics"), (std::vector<std::string>{"events", "fleet", kHost}));
  EXPECT_TRUE(parse_topics({}, "/query/topics")->empty());
}

TEST(Topics, NamesEachUnknownOne) {
  const std::vector<std::string> names{"fleet", "secrets\n", "run:1"};
  const auto refused = parse_topics(names, "/body/topics");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unprocessable);
  ASSERT_EQ(refused.error().fields.size(), 2U);
  EXPECT_EQ(refused.error().fields[0].pointer, "/body/topics/1");
  EXPECT_EQ(refused.error().fields[1].pointer, "/body/topics/2");
  EXPECT_EQ(refused.error().detail.find('\n'), std::string::npos);
}

TEST(Topics, TakesThirtyTwoAndNoMore) {
  std::vector<std::string> names;
  for (int i = 0; i < 33; ++i) {
    std::string name = kHost;
    name[name.size() - 1] = static_cast<char>('0' + i % 10);
    name[name.size() - 2] = static_cast<char>('0' + i / 10);
    names.push_back(name);
  }
  EXPECT_FALSE(parse_topics(names, "/query/topics"));
  names.pop_back();
  EXPECT_TRUE(parse_topics(names, "/query/topics"));
  for (int i = 0; i < 100; ++i) names.push_back(names[0]);
  EXPECT_TRUE(parse_topics(names, "/query/topics")) << "repeats do not count";
}

TEST(Topics, SplitsAQueryParameter) {
  EXPECT_TRUE(split_topics("").empty());
  EXPECT_EQ(split_topics("fleet, events"), (std::vector<std::string>{"fleet", "events"}));
  EXPECT_EQ(split_topics("fleet,,"), (std::vector<std::string>{"fleet", "", ""}));
}

}  // namespace
}  // namespace fettle::stream
