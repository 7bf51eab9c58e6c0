// The only tests of the unit suite with real threads and, for a few milliseconds, real time: the adapter
// itself.
#include "fettle/io/asio_loop.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <thread>

#include "fettle/io/log_sink.h"
#include "fettle/io/signals.h"
#include "fettle/io/system_clock.h"
#include "fettle/io/task_scope.h"
#include "fettle/io/work_queue.h"

namespace fettle::io {
namespace {

struct RealFixture {
  AsioLoop loop;
  SystemClock clock{loop};
  std::shared_ptr<MemorySink> sink = std::make_shared<MemorySink>();
  Log log{sink, "test"};
};

Task<void> run_and_stop(AsioLoop& loop, Task<void> body) {
  co_await std::move(body);
  loop.stop();
}

void run_to_end(RealFixture& real, TaskScope& scope, Task<void> body) {
  scope.spawn("body", run_and_stop(real.loop, std::move(body)));
  real.loop.run();
}

Task<void> many_offloads(Loop& loop, WorkQueue& queue, std::thread::id loop_thread) {
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < 500; ++i) {
    Result<std::uint64_t> value = co_await offload(loop, queue, [i, loop_thread]() -> std::uint64_t {
      EXPECT_NE(std::this_thread::get_id(), loop_thread);
      return i;
    });
    EXPECT_EQ(std::this_thread::get_id(), loop_thread);
    sum += *value;
  }
  EXPECT_EQ(sum, 499U * 500U / 2U);
}

TEST(AsioLoop, OffloadLeavesTheLoopAndComesBack) {
  RealFixture real;
  TaskScope scope(real.loop, real.log);
  const auto queue = real.loop.make_work_queue("pool", 2, 64);
  run_to_end(real, scope, many_offloads(real.loop, *queue, std::this_thread::get_id()));
  EXPECT_GE(real.loop.figures().turns, 500U);
}

TEST(AsioLoop, PostFromManyThreadsKeepsTheOrderOfEach) {
  RealFixture real;
  std::vector<int> last(4, -1);
  int left = 4 * 1000;
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 1000; ++i) {
        real.loop.post([&, t, i] {
          EXPECT_EQ(last[t], i - 1);
          last[t] = i;
          if (--left == 0) real.loop.stop();
        });
      }
    });
  }
  real.loop.run();
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(left, 0);
}

Task<void> sleep_a_little(Clock& clock) {
  const MonoTime before = clock.mono_now();
  co_await clock.sleep_for(Millis(3));
  EXPECT_GE(clock.mono_now() - before, Millis(3));
  co_await clock.sleep_until(before);  // in the past: at once
}

TEST(AsioLoop, SleepsNoShorterThanAsked) {
  RealFixture real;
  TaskScope scope(real.loop, real.log);
  run_to_end(real, scope, sleep_a_little(real.clock));
}

Nanos cpu_time() {
  timespec spent{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return Seconds(spent.tv_sec) + Nanos(spent.tv_nsec);
}

Task<void> hold_the_loop(Clock& clock) {
  for (int turn = 0; turn < 3; ++turn) {
    const Nanos until = cpu_time() + Millis(15);
    while (cpu_time() < until) {
    }
    co_await clock.sleep_for(Millis(1));
  }
}

/// As a thread that does not get a processor; it cannot be awaited, for nothing else is to run.
Task<void> stand_still() {
  const timespec pause{0, 15'000'000};
  nanosleep(&pause, nullptr);
  co_return;
}

TEST(AsioLoop, ASlowTurnIsCountedAndNamed) {
  RealFixture real;
  TaskScope scope(real.loop, real.log);
  real.loop.log_slow_turns(real.log);
  run_to_end(real, scope, hold_the_loop(real.clock));
  EXPECT_GE(real.loop.figures().slow_turns, 3U);
  EXPECT_GE(real.loop.figures().longest_turn_us, 10'000U);
  const auto entries = real.sink->entries();
  ASSERT_EQ(entries.size(), 1U) << "one word a minute";
  EXPECT_EQ(entries[0].message, "slow turn of the loop");
  EXPECT_EQ(entries[0].fields[0].second, "body");
}

TEST(AsioLoop, ATurnThatOnlyWaitedIsCountedApart) {
  RealFixture real;
  TaskScope scope(real.loop, real.log);
  real.loop.log_slow_turns(real.log);
  run_to_end(real, scope, stand_still());
  EXPECT_EQ(real.loop.figures().slow_turns, 0U);
  EXPECT_GE(real.loop.figures().delayed_turns, 1U);
  EXPECT_EQ(real.sink->entries().size(), 0U);
}

TEST(AsioLoop, AnExceptionOfACallbackLeavesRun) {
  RealFixture real;
  real.loop.post([] { throw std::runtime_error("broken"); });
  EXPECT_THROW(real.loop.run(), std::runtime_error);
}

TEST(Signals, ArriveAsCallbacks) {
  RealFixture real;
  std::vector<int> seen;
  const Signals signals(real.loop, [&](int number) {
    seen.push_back(number);
    if (seen.size() == 2) {
      real.loop.stop();
    } else {
      ::raise(SIGTERM);
    }
  });
  real.loop.post([] { ::raise(SIGHUP); });
  real.loop.run();
  EXPECT_EQ(seen, (std::vector<int>{SIGHUP, SIGTERM}));
}

}  // namespace
}  // namespace fettle::io
