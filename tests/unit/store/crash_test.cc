// What was acknowledged survives; what was not is whole or absent; a failing disk acknowledges nothing.
#include <gtest/gtest.h>

#include <set>

#include "fettle/io/task_scope.h"
#include "tests/unit/store/sim_store.h"

namespace fettle::store {
namespace {

using io::DiskCall;

/// What callers were told. Each piece writes two rows, key and -key, so that a torn one would show.
struct Told {
  std::set<std::int64_t> acknowledged;
  std::set<std::int64_t> refused;
  std::vector<std::int64_t> published;  // by after_commit, in order
};

Task<void> write_pair(SqliteStore& store, std::int64_t key, Told* told) {
  auto result = co_await store.write([key, told](Session& session) {
    session.execute(kInsert, {key, key});
    session.execute(kInsert, {-key, key});
    session.after_commit([key, told] { told->published.push_back(key); });
  });
  (result ? told->acknowledged : told->refused).insert(key);
}

Task<void> client(SqliteStore& store, io::Clock& clock, io::SimRandom random, std::int64_t first,
                  Told* told) {
  for (std::int64_t key = first; key < first + 6; ++key) {
    co_await clock.sleep_for(Millis(random.below(20)));
    co_await write_pair(store, key, told);
  }
}

constexpr std::int64_t kClients = 4;

void run_clients(SimStore& sim, Told* told) {
  io::TaskScope scope(sim.loop, sim.log);
  for (std::int64_t n = 0; n < kClients; ++n) {
    scope.spawn("client", client(*sim.store, sim.clock,
                                 sim.loop.random().stream(static_cast<std::uint64_t>(n)), 1 + n * 100, told));
  }
  ASSERT_TRUE(sim.loop.run_until([&] { return scope.size() == 0; }, Seconds(60)));
}

void expect_promises(SimStore& sim, const Told& told) {
  const auto rows = sim.content();
  for (const std::int64_t key : told.acknowledged) {
    EXPECT_TRUE(rows.contains(key)) << "acknowledged and lost: " << key;
  }
  for (const auto& [key, value] : rows) EXPECT_TRUE(rows.contains(-key)) << "half a piece: " << key;
  for (const std::int64_t key : told.published)
    EXPECT_TRUE(rows.contains(key)) << "published and lost: " << key;
  EXPECT_EQ(sim.integrity(), "ok");
}

/// Crashes in the nth call of one kind, for n = 1, 2, 3 ... until the run ends without reaching it.
void sweep_crashes(DiskCall call, std::uint64_t step) {
  std::uint64_t crashes = 0;
  for (std::uint64_t nth = 1;; nth += step) {
    SCOPED_TRACE("nth call " + std::to_string(nth));
    SimStore sim(nth);
    ASSERT_TRUE(sim.start().has_value());
    sim.disk.crash_in(call, nth);
    const std::uint64_t life = sim.disk.life();
    Told told;
    run_clients(sim, &told);
    const bool crashed = sim.disk.life() != life;
    if (crashed) ++crashes;
    EXPECT_EQ(told.refused.empty(), !crashed);
    EXPECT_EQ(sim.fatal.size(), crashed ? 1U : 0U);
    sim.crash_and_start();
    expect_promises(sim, told);
    ASSERT_FALSE(testing::Test::HasFailure());
    if (!crashed) {
      EXPECT_EQ(told.acknowledged.size(), 6U * kClients);
      break;
    }
  }
  EXPECT_GT(crashes, 5U);
}

TEST(StoreCrash, AtEverySync) {
  sweep_crashes(DiskCall::sync, 1);
}
TEST(StoreCrash, AtEveryWrite) {
  sweep_crashes(DiskCall::write, 1);
}

TEST(StoreCrash, AtAnyTimeUnderManySeeds) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SimStore sim(seed);
    ASSERT_TRUE(sim.start().has_value());
    sim.loop.set_work_delay("store-writer", {Nanos(0), Millis(seed % 40)});
    Told told;
    io::TaskScope scope(sim.loop, sim.log);
    for (std::int64_t n = 0; n < kClients; ++n) {
      scope.spawn("client",
                  client(*sim.store, sim.clock, sim.loop.random().stream(static_cast<std::uint64_t>(n)),
                         1 + n * 100, &told));
    }
    sim.loop.run_for(Millis(sim.loop.random().below(150)));
    sim.disk.crash();
    const std::set<std::int64_t> before = told.acknowledged;
    ASSERT_TRUE(sim.loop.run_until([&] { return scope.size() == 0; }, Seconds(60)));
    sim.stop();
    ASSERT_TRUE(sim.start().has_value());
    for (const std::int64_t key : told.acknowledged) {
      // An answer that was under way when the power went may still arrive in this process; it speaks of a
      // commit.
      EXPECT_TRUE(sim.value_of(key).has_value());
    }
    EXPECT_GE(told.acknowledged.size(), before.size());
    expect_promises(sim, told);
    ASSERT_FALSE(testing::Test::HasFailure());
  }
}

/// The nth call fails, once; the process ends and starts again without a crash of the machine.
void sweep_failures(DiskCall call) {
  std::uint64_t failures = 0;
  for (std::uint64_t nth = 1;; ++nth) {
    SCOPED_TRACE("nth call " + std::to_string(nth));
    SimStore sim(nth);
    ASSERT_TRUE(sim.start().has_value());
    sim.disk.fail_next(call, nth);
    const std::uint64_t reached = sim.disk.calls(call) + nth;
    Told told;
    run_clients(sim, &told);
    const bool failed = sim.disk.calls(call) >= reached;
    if (!failed) {
      EXPECT_EQ(told.acknowledged.size(), 6U * kClients);
      break;
    }
    ++failures;
    EXPECT_EQ(sim.fatal.size(), 1U) << "a failing " << (call == DiskCall::sync ? "sync" : "write")
                                    << " is final";
    EXPECT_FALSE(told.refused.empty());
    Told after;
    sim.loop.run(write_pair(*sim.store, 9999, &after));
    EXPECT_TRUE(after.acknowledged.empty()) << "nothing is acknowledged after it";
    sim.stop();
    ASSERT_TRUE(sim.start().has_value());
    expect_promises(sim, told);
    Told again;
    sim.loop.run(write_pair(*sim.store, 10'000, &again));
    EXPECT_EQ(again.acknowledged.size(), 1U) << "it starts cleanly";
    ASSERT_FALSE(testing::Test::HasFailure());
  }
  EXPECT_GT(failures, 5U);
}

TEST(StoreFailure, OfEverySyncIsFinal) {
  sweep_failures(DiskCall::sync);
}
TEST(StoreFailure, OfEveryWriteIsFinal) {
  sweep_failures(DiskCall::write);
}

TEST(StoreCrash, AMigrationEndsAtTheOldOrTheNewVersion) {
  const std::vector<Migration> two{
      kTestSchema[0],
      {2, "labels",
       "ALTER TABLE number ADD COLUMN label TEXT; UPDATE number SET label = 'n' || value;"
       "CREATE INDEX by_label ON number (label);"}};
  std::size_t old_versions = 0;
  std::size_t new_versions = 0;
  for (const DiskCall call :
       {DiskCall::write, DiskCall::sync, DiskCall::sync_folder, DiskCall::open, DiskCall::remove}) {
    for (std::uint64_t nth = 1;; ++nth) {
      SCOPED_TRACE("call " + std::to_string(static_cast<int>(call)) + " nth " + std::to_string(nth));
      SimStore sim(nth);
      ASSERT_TRUE(sim.start().has_value());
      Told told;
      run_clients(sim, &told);
      sim.stop();
      auto options = sim.options();
      options.migrations = two;
      sim.disk.crash_in(call, nth);
      const std::uint64_t life = sim.disk.life();
      const bool opened = sim.start(options).has_value();
      const bool crashed = sim.disk.life() != life;
      if (!crashed) {
        EXPECT_TRUE(opened);
        break;
      }
      sim.stop();
      // The old program starts on an old store and refuses a new one; the new program starts on both.
      const auto with_old = sim.start();
      if (with_old) {
        ++old_versions;
        expect_promises(sim, told);
      } else {
        ++new_versions;
        EXPECT_EQ(with_old.error().reason, "store_newer") << with_old.error().detail;
      }
      sim.stop();
      ASSERT_TRUE(sim.start(options).has_value());
      expect_promises(sim, told);
      ASSERT_FALSE(testing::Test::HasFailure());
    }
  }
  EXPECT_GT(old_versions, 5U);
  EXPECT_GT(new_versions, 2U);
}

TEST(StoreCrash, TheFirstStartCanBeInterruptedAnywhere) {
  for (const DiskCall call : {DiskCall::write, DiskCall::sync, DiskCall::sync_folder, DiskCall::open}) {
    for (std::uint64_t nth = 1;; ++nth) {
      SCOPED_TRACE("call " + std::to_string(static_cast<int>(call)) + " nth " + std::to_string(nth));
      SimStore sim(nth);
      sim.disk.crash_in(call, nth);
      const std::uint64_t life = sim.disk.life();
      ignore(sim.start(), "it may come up or not");
      if (sim.disk.life() == life) break;
      sim.stop();
      const auto started = sim.start();
      ASSERT_TRUE(started.has_value()) << started.error().detail;
      Told told;
      run_clients(sim, &told);
      EXPECT_EQ(told.acknowledged.size(), 6U * kClients);
    }
  }
}

}  // namespace
}  // namespace fettle::store
