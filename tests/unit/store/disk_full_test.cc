// A full disk is survived: reads go on, writes are refused, essential work is finished, and space heals it.
#include <gtest/gtest.h>

#include "fettle/io/task_scope.h"
#include "tests/unit/store/sim_store.h"

namespace fettle::store {
namespace {

Result<> put(SimStore& sim, std::int64_t key, Priority priority, std::size_t filler = 0) {
  return sim.loop.run(sim.store->write(
      [key, filler](Session& session) -> void {
        session.execute(kUpsert, {key, key});
        if (filler > 0) session.execute("INSERT INTO filler (bytes) VALUES (?1)", {Blob(filler, 1)});
      },
      priority));
}

SqliteStoreOptions with_filler(SimStore& sim) {
  auto options = sim.options();
  options.migrations.push_back({2, "filler", "CREATE TABLE filler (bytes BLOB) STRICT;"});
  options.reserve_bytes = 256 * 1024;
  return options;
}

/// Writes until the disk refuses; the keys that were acknowledged.
std::vector<std::int64_t> fill(SimStore& sim, std::int64_t first, std::size_t filler) {
  std::vector<std::int64_t> acknowledged;
  for (std::int64_t key = first; key < first + 5000; ++key) {
    const auto result = put(sim, key, Priority::live, filler);
    if (!result) {
      EXPECT_EQ(result.error().code, ErrorCode::unavailable);
      EXPECT_EQ(result.error().reason, "disk_full");
      EXPECT_GT(result.error().retry_after_s, 0);
      return acknowledged;
    }
    acknowledged.push_back(key);
  }
  ADD_FAILURE() << "the disk never fills up";
  return acknowledged;
}

TEST(DiskFull, IsSurvivedFinishedAndHealed) {
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SimStore sim(seed);
    ASSERT_TRUE(sim.start(with_filler(sim)).has_value());
    sim.disk.set_capacity(sim.disk.used() + 1'000'000 + seed * 1234);
    const auto acknowledged = fill(sim, 1, 20'000);
    EXPECT_GT(acknowledged.size(), 5U);
    EXPECT_TRUE(sim.store->figures().disk_full);
    EXPECT_EQ(sim.sink->count("the disk is full: writes are refused until there is space"), 1U);
    for (const std::int64_t key : acknowledged) EXPECT_EQ(sim.value_of(key), key) << "reads go on";
    EXPECT_FALSE(put(sim, 6000, Priority::live).has_value());
    for (std::int64_t key = 7000; key < 7020; ++key) {
      const auto audit = put(sim, key, Priority::essential);
      EXPECT_TRUE(audit.has_value()) << "essential work is finished on the reserve";
    }
    sim.loop.run_for(Seconds(10));
    EXPECT_FALSE(put(sim, 6001, Priority::live).has_value()) << "it does not heal without space";
    sim.disk.set_capacity(std::nullopt);
    sim.loop.run_for(Seconds(3));
    EXPECT_FALSE(sim.store->figures().disk_full);
    EXPECT_TRUE(put(sim, 8000, Priority::live).has_value()) << "it heals by itself";
    EXPECT_EQ(sim.sink->count("there is space again: writes go on"), 1U);
    EXPECT_TRUE(sim.fatal.empty());
    sim.stop();
    ASSERT_TRUE(sim.start(with_filler(sim)).has_value());
    for (const std::int64_t key : acknowledged) EXPECT_EQ(sim.value_of(key), key);
    EXPECT_EQ(sim.value_of(7019), 7019);
    EXPECT_EQ(sim.value_of(6000), std::nullopt);
    EXPECT_EQ(sim.integrity(), "ok");
  }
}

Task<void> write_key(SqliteStore& store, std::int64_t key, Priority priority,
                     std::map<std::int64_t, Result<>>* out) {
  auto result = co_await store.write(
      [key](Session& session) -> void {
        session.execute(kUpsert, {key, key});
        session.execute("INSERT INTO filler (bytes) VALUES (?1)", {Blob(key % 2 == 0 ? 100 : 60'000, 1)});
      },
      priority);
  out->emplace(key, std::move(result));
}

TEST(DiskFull, InTheMiddleOfAGroupLosesNothingThatWasAcknowledged) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SimStore sim(seed);
    ASSERT_TRUE(sim.start(with_filler(sim)).has_value());
    sim.disk.set_capacity(sim.disk.used() + 20'000 + seed * 80'000);
    io::TaskScope scope(sim.loop, sim.log);
    std::map<std::int64_t, Result<>> results;
    for (std::int64_t key = 0; key < 40; ++key) {
      const Priority priority = key % 10 == 0 ? Priority::essential : Priority::live;
      scope.spawn("write", write_key(*sim.store, key, priority, &results));
    }
    ASSERT_TRUE(sim.loop.run_until([&] { return scope.size() == 0; }, Seconds(10)));
    const auto rows = sim.content();
    for (const auto& [key, result] : results) {
      EXPECT_EQ(rows.contains(key), result.has_value()) << key;
      if (key % 10 == 0) EXPECT_TRUE(result.has_value()) << "essential: " << key;
    }
    EXPECT_TRUE(sim.fatal.empty());
    EXPECT_EQ(sim.integrity(), "ok");
  }
}

TEST(DiskFull, AtTheStartRefusesWritesUntilThereIsSpace) {
  SimStore sim(1);
  ASSERT_TRUE(sim.start(with_filler(sim)).has_value());
  ASSERT_TRUE(put(sim, 1, Priority::live).has_value());
  sim.stop();
  sim.disk.set_capacity(sim.disk.used());
  auto greedy = with_filler(sim);
  greedy.reserve_bytes *= 2;  // does not fit any more
  const auto started = sim.start(greedy);
  ASSERT_TRUE(started.has_value()) << "reading needs no space: " << started.error().detail;
  EXPECT_EQ(sim.value_of(1), 1);
  sim.disk.set_capacity(std::nullopt);
  sim.loop.run_for(Seconds(3));
  EXPECT_TRUE(put(sim, 2, Priority::live).has_value());
}

}  // namespace
}  // namespace fettle::store
