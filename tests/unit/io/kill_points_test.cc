#include "fettle/io/kill_points.h"

#include <gmock/gmock.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

namespace fettle::io {
namespace {

using ::testing::ExitedWithCode;
using ::testing::HasSubstr;
using ::testing::KilledBySignal;

/// Each in a process of its own: what is armed stays so.
struct KillPoints : ::testing::Test {
  KillPoints() { ::testing::FLAGS_gtest_death_test_style = "threadsafe"; }
};

[[noreturn]] void reach_twice(const std::string& text) {
  if (!arm_kill_point(text)) std::exit(2);
  reach(KillPoint::order_sent);
  std::fputs("once ", stderr);
  reach(KillPoint::order_received);
  reach(KillPoint::order_sent);
  std::exit(3);
}

TEST_F(KillPoints, DoNothingUnlessOneIsNamed) {
  for (const NamedKillPoint& one : all_kill_points()) reach(one.point);
}

TEST_F(KillPoints, HaveNamesOfTheirOwn) {
  std::set<std::string_view> names;
  for (const NamedKillPoint& one : all_kill_points()) EXPECT_TRUE(names.insert(one.name).second) << one.name;
  EXPECT_GT(names.size(), 30U);
}

TEST_F(KillPoints, KillWhereTheyAreNamed) {
  EXPECT_EXIT(reach_twice("order.sent"), KilledBySignal(SIGKILL), "^$");
  EXPECT_EXIT(reach_twice("order.sent:2"), KilledBySignal(SIGKILL), "once $");
  EXPECT_EXIT(reach_twice("order.sent:3"), ExitedWithCode(3), "once");
  EXPECT_EXIT(reach_twice("order.kept"), ExitedWithCode(3), "once");
}

TEST_F(KillPoints, KillAWhileLaterAndLeaveANote) {
  const std::string note = ::testing::TempDir() + "kill_points_note";
  std::filesystem::remove(note);
  const auto wait = [&note] {
    if (!arm_kill_point("order.kept:1:200000:" + note)) std::exit(2);
    reach(KillPoint::order_kept);
    std::fputs("alive ", stderr);
    for (;;) std::this_thread::yield();
  };
  EXPECT_EXIT(wait(), KilledBySignal(SIGKILL), "alive $");
  std::string name;
  std::getline(std::ifstream(note), name);
  EXPECT_EQ(name, "order.kept");
}

TEST_F(KillPoints, SayWhatIsWrongWithAText) {
  for (const char* text : {"", ":", "order", "order.sent ", "ORDER.SENT"}) {
    const auto armed = arm_kill_point(text);
    ASSERT_FALSE(armed) << text;
    EXPECT_THAT(armed.error().detail, HasSubstr("order.sent")) << text;
  }
  for (const char* text : {"order.sent:0", "order.sent:x", "order.sent:-1", "order.sent:1000001",
                           "order.sent:1:60000001", "order.sent:99999999999999999999"}) {
    const auto armed = arm_kill_point(text);
    ASSERT_FALSE(armed) << text;
    EXPECT_THAT(armed.error().detail, HasSubstr("no number")) << text;
  }
  EXPECT_FALSE(arm_kill_point("order.sent:1:0:" + std::string(5'000, 'x')));
}

}  // namespace
}  // namespace fettle::io
