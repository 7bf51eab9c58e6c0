// The hard end of reads (R1): what does not ask for the time after two seconds is interrupted after five.
#include <gtest/gtest.h>

#include <thread>

#include "fettle/io/asio_loop.h"
#include "fettle/io/system_clock.h"
#include "fettle/io/task_scope.h"
#include "fettle/store/sqlite/reader_pool.h"
#include "tests/unit/store/store_fixture.h"

namespace fettle::store {
namespace {

constexpr std::string_view kEndless =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";

/// A clock that a test sets.
class SetClock final : public io::Clock {
 public:
  [[nodiscard]] WallTime wall_now() const override { return {}; }
  [[nodiscard]] MonoTime mono_now() const override { return now; }
  Task<void> sleep_until(MonoTime /*due*/) override { co_return; }
  MonoTime now{Seconds(1'000)};
};

TEST(ReaderPool, InterruptsAfterFiveSecondsAndNotBefore) {
  StoreFixture f;
  ASSERT_TRUE(f.open().has_value());
  std::atomic<std::uint64_t> statements{0};
  std::vector<std::unique_ptr<Connection>> connections;
  connections.push_back(
      Connection::open({.path = f.options().path, .role = Role::reader}, statements).value());
  SetClock clock;
  ReaderPool pool(clock, std::move(connections));
  const MonoTime began = clock.now;
  int rows = 0;
  const auto sweep_at = [&](MonoTime moment) {
    clock.now = moment;
    pool.sweep();
    clock.now = began;  // or the read would find out by itself
  };
  const auto outcome = pool.read([&](Session& session) {
    session.query(kEndless, {}, [&](const Row&) {
      if (++rows == 10) sweep_at(began + kReadHard);
      if (rows == 20) sweep_at(began + kReadHard + Nanos(1));
      if (rows == 1'000) throw std::runtime_error("nobody interrupts it");
    });
  });
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, ErrorCode::timeout) << outcome.error().detail;
  EXPECT_EQ(rows, 20);
  EXPECT_EQ(pool.late_reads(), 1U);
  EXPECT_TRUE(pool.read([](Session& session) { count_rows(session); }).has_value())
      << "the next one is served";
}

TEST(ReaderPool, WaitsForTheReadsOfAStart) {
  StoreFixture f;
  ASSERT_TRUE(f.open().has_value());
  std::atomic<std::uint64_t> statements{0};
  std::vector<std::unique_ptr<Connection>> connections;
  connections.push_back(
      Connection::open({.path = f.options().path, .role = Role::reader}, statements).value());
  SetClock clock;
  ReaderPool pool(clock, std::move(connections));
  const auto slow_read = [&] {
    const MonoTime began = clock.now;
    int rows = 0;
    return pool.read([&](Session& session) {
      session.query(kEndless, {}, [&](const Row&) {
        ++rows;
        if (rows == 10) clock.now = began + std::chrono::seconds(50);
        if (rows == 20) pool.sweep();
        // Longer than the progress handler's period, so that the deadline is asked for.
        if (rows == 100'000) throw std::runtime_error("read to its end");
      });
    });
  };
  pool.set_patience(std::chrono::minutes(1));
  EXPECT_EQ(slow_read().error().detail, "read to its end");
  pool.set_patience(kReadSoft);
  EXPECT_EQ(slow_read().error().code, ErrorCode::timeout);
}

/// Time goes on for the loop, as fast as anybody sleeps there, and stands still for every other thread: a
/// read never finds that its two seconds are over.
class LoopAheadClock final : public io::Clock {
 public:
  explicit LoopAheadClock(io::Loop& loop) : system_(loop) {}
  [[nodiscard]] WallTime wall_now() const override { return system_.wall_now(); }
  [[nodiscard]] MonoTime mono_now() const override {
    return kStart + (std::this_thread::get_id() == loop_thread_ ? ahead_ : Nanos(0));
  }
  Task<void> sleep_until(MonoTime due) override {
    if (kStart + ahead_ < due) ahead_ = due - kStart;
    co_await system_.sleep_for(Millis(1));
  }

 private:
  static constexpr MonoTime kStart{Seconds(1'000)};
  const std::thread::id loop_thread_ = std::this_thread::get_id();
  Nanos ahead_{0};  // the loop's
  io::SystemClock system_;
};

struct Outcome {
  std::optional<Result<int>> read;
  std::uint64_t late_reads = 0;
};

Task<void> read_for_ever(SqliteStore& store, io::AsioLoop& loop, Outcome& outcome) {
  outcome.read = co_await store.read([](Session& session) -> int {
    int rows = 0;
    const auto end = std::chrono::steady_clock::now() + Seconds(60);
    session.query(kEndless, {}, [&](const Row&) {
      if (++rows % 1'000 == 0 && std::chrono::steady_clock::now() > end)
        throw std::runtime_error("nobody interrupts it");
    });
    return rows;
  });
  outcome.late_reads = store.figures().late_reads;
  co_await store.stop();
  loop.stop();
}

TEST(Readers, TheSweepOfTheStoreInterruptsWhatNeverAsksForTheTime) {
  Folder folder;
  io::AsioLoop loop;
  LoopAheadClock clock(loop);
  io::SystemFiles files;
  io::Log log(std::make_shared<io::MemorySink>(), "test");
  SqliteStore store(loop, clock, files, log,
                    {.path = folder.path() + "/fettle.db", .migrations = kTestSchema});
  ASSERT_TRUE(store.open().has_value());
  Outcome outcome;
  io::TaskScope tasks(loop, log);
  tasks.spawn("read", read_for_ever(store, loop, outcome));
  loop.run();
  ASSERT_TRUE(outcome.read && !outcome.read->has_value());
  EXPECT_EQ(outcome.read->error().code, ErrorCode::timeout) << outcome.read->error().detail;
  EXPECT_EQ(outcome.late_reads, 1U);
}

}  // namespace
}  // namespace fettle::store
