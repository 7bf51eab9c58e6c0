// Mounts that hang, with real threads: what a thread that does not come back costs.
#include "fettle/agent/sense/mount_watch.h"

#include <gtest/gtest.h>

#include <latch>

#include "fettle/io/asio_loop.h"
#include "fettle/io/async_event.h"
#include "fettle/io/log_sink.h"
#include "fettle/io/system_clock.h"

namespace fettle::agent {
namespace {

/// Moves by hand only; nobody sleeps on it here.
class StandingClock final : public io::Clock {
 public:
  [[nodiscard]] WallTime wall_now() const override { return {}; }
  [[nodiscard]] MonoTime mono_now() const override { return now; }
  Task<void> sleep_until(MonoTime /*due*/) override { co_return; }
  MonoTime now{Seconds(1000)};
};

class MountWatchTest : public ::testing::Test {
 protected:
  /// Rounds, until what they found is `wanted`: "/a /b?" means that /b has no space.
  void until(const std::string& wanted) {
    const io::SystemClock real(loop);
    const MonoTime end = real.mono_now() + Seconds(20);
    while (said() != wanted) {
      ASSERT_LT(real.mono_now(), end) << said();
      watch.ask();
      taken = false;
      run_until([this] { return taken; });
    }
  }
  [[nodiscard]] std::string said() const {
    std::string text;
    for (const MountReading& one : readings)
      text += (text.empty() ? "" : " ") + one.point + (one.space ? "" : "?");
    return text;
  }
  /// The loop, until something is so.
  void run_until(const std::function<bool()>& is_so) {
    tasks.spawn("until", wait(is_so));
    loop.run();
  }
  Task<void> wait(std::function<bool()> is_so) {
    while (!is_so()) co_await news.wait();
    news.reset();
    loop.stop();
  }

  io::AsioLoop loop;
  StandingClock clock;
  std::shared_ptr<io::MemorySink> sink = std::make_shared<io::MemorySink>();
  io::Log log{sink, "test"};
  io::TaskScope tasks{loop, log};
  io::AsyncEvent news;
  std::vector<MountReading> readings;
  bool taken = false, is_hanging = false;
  std::latch release{1};
  MountWatch watch{loop,
                   clock,
                   log,
                   tasks,
                   [this](const std::string& path) -> std::optional<MountSpace> {
                     if (path == "/file") return std::nullopt;
                     if (path == "/gone" && is_gone) {
                       loop.post([this] {
                         is_hanging = true;
                         news.set();
                       });
                       release.wait();
                     }
                     return MountSpace{.total = 1};
                   },
                   [this](std::vector<MountReading> found) {
                     readings = std::move(found);
                     taken = true;
                     news.set();
                   }};
  std::atomic<bool> is_gone{false};
};

TEST_F(MountWatchTest, OneThatHangsCostsOnlyItsOwnValues) {
  watch.set_points({"/", "/file", "/gone", "/var"});
  until("/ /gone /var");
  is_gone = true;
  watch.ask();
  run_until([this] { return is_hanging; });
  clock.now += MountWatch::kIsLate;
  EXPECT_TRUE(watch.is_late());
  until("/ /gone? /var");
  EXPECT_FALSE(watch.is_late());
  is_gone = false;
  release.count_down();
  until("/ /gone /var");
  EXPECT_EQ(sink->count("a mount does not answer; it has no values until it does"), 1U);
  EXPECT_EQ(sink->count("a mount answers again"), 1U);
}

}  // namespace
}  // namespace fettle::agent
