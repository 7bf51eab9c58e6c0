// An upgrade that is killed anywhere ends at the old or the new version, whole, and goes on at the next
// start.
#include <gtest/gtest.h>

#include "tests/unit/store/sim_store.h"

namespace fettle::store {
namespace {

using io::DiskCall;

const std::vector<Migration> kNewer{
    kTestSchema[0],
    {2, "labels",
     "CREATE TABLE label (key INTEGER PRIMARY KEY REFERENCES number(key), text TEXT NOT NULL) STRICT;"
     "INSERT INTO label SELECT key, 'n' || value FROM number;"},
    {3, "rebuilt",
     "CREATE TABLE other (key INTEGER PRIMARY KEY, value INTEGER NOT NULL, twice INTEGER NOT NULL) STRICT;"
     "INSERT INTO other SELECT key, value, 2 * value FROM number;"
     "DROP TABLE number; ALTER TABLE other RENAME TO number;"}};
constexpr std::int64_t kRows = 300;  // some pages

void fill(SimStore& sim) {
  ASSERT_TRUE(sim.start().has_value());
  const auto written = sim.loop.run(sim.store->write([](Session& session) -> void {
    for (std::int64_t key = 1; key <= kRows; ++key) session.execute(kInsert, {key, key});
  }));
  ASSERT_TRUE(written.has_value());
  sim.stop();
}

SqliteStoreOptions newer(SimStore& sim) {
  SqliteStoreOptions options = sim.options();
  options.migrations = kNewer;
  return options;
}

/// What the older program makes of it: all rows, or a plain refusal because it is newer already.
void expect_old_or_new(SimStore& sim) {
  const auto older = sim.start();
  if (older) {
    EXPECT_EQ(sim.content().size(), static_cast<std::size_t>(kRows));
    EXPECT_EQ(sim.integrity(), "ok");
    sim.stop();
  } else {
    EXPECT_EQ(older.error().reason, "store_newer") << older.error().detail;
  }
}

void expect_new(SimStore& sim) {
  const auto started = sim.start(newer(sim));
  ASSERT_TRUE(started.has_value()) << started.error().detail;
  EXPECT_EQ(sim.content().size(), static_cast<std::size_t>(kRows));
  const auto sums = sim.loop.run(sim.store->read([](Session& session) {
    return session.query_one("SELECT count(*), sum(twice) FROM number JOIN label USING (key)", {},
                             [](const Row& row) { return std::pair(row.integer(0), row.integer(1)); });
  }));
  EXPECT_EQ(sums.value().value(), std::pair(kRows, kRows * (kRows + 1)));
  EXPECT_EQ(sim.integrity(), "ok");
  sim.stop();
}

/// Crashes in the nth call of one kind, for every n until the upgrade ends without reaching it.
std::uint64_t sweep(DiskCall call) {
  for (std::uint64_t nth = 1;; ++nth) {
    SCOPED_TRACE("nth call " + std::to_string(nth));
    SimStore sim(nth);
    fill(sim);
    sim.disk.crash_in(call, nth);
    const std::uint64_t life = sim.disk.life();
    const auto upgraded = sim.start(newer(sim));
    const bool has_crashed = sim.disk.life() != life;
    EXPECT_TRUE(upgraded || has_crashed);
    sim.disk.crash();
    sim.stop();
    expect_old_or_new(sim);
    expect_new(sim);
    if (!has_crashed || testing::Test::HasFailure()) return nth - 1;
  }
}

TEST(MigrationCrash, InAnySyncEndsAtTheOldOrTheNewVersion) {
  EXPECT_GE(sweep(DiskCall::sync), 3U);
}

TEST(MigrationCrash, InAnyWriteEndsAtTheOldOrTheNewVersion) {
  EXPECT_GE(sweep(DiskCall::write), 10U);
}

TEST(MigrationCrash, OnAFullDiskTheOldVersionStays) {
  for (std::uint64_t more = 0; more < 200'000; more += 8'192) {
    SCOPED_TRACE(more);
    SimStore sim(1);
    fill(sim);
    sim.disk.set_capacity(sim.disk.used() + more);
    const auto upgraded = sim.start(newer(sim));
    if (!upgraded) EXPECT_EQ(upgraded.error().reason, "disk_full") << upgraded.error().detail;
    sim.stop();
    sim.disk.set_capacity(std::nullopt);
    if (!upgraded) expect_old_or_new(sim);
    expect_new(sim);
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace fettle::store
