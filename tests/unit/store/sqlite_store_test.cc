#include "fettle/store/sqlite_store.h"

#include <gtest/gtest.h>

#include "fettle/io/task_scope.h"
#include "tests/unit/store/store_fixture.h"

namespace fettle::store {
namespace {

TEST(SqliteStore, WritesAndReadsBack) {
  StoreFixture f;
  ASSERT_TRUE(f.open().has_value());
  const auto written =
      f.loop.run(f.store->write([](Session& session) { return session.execute(kInsert, {1, 10}); }));
  EXPECT_EQ(written.value(), 1);
  const auto count = f.loop.run(f.store->read([](Session& session) { return count_rows(session); }));
  EXPECT_EQ(count.value(), 1);
  EXPECT_EQ(f.store->figures().groups, 1U);
  EXPECT_EQ(f.store->figures().pieces, 1U);
}

TEST(SqliteStore, EveryTypeSurvivesTheRoundTrip) {
  StoreFixture f;
  auto options = f.options();
  options.migrations = {{1, "types", "CREATE TABLE thing (i INTEGER, r REAL, t TEXT, b BLOB, n INTEGER)"}};
  ASSERT_TRUE(f.open(options).has_value());
  const std::string text("a\0b\xc3\xa4", 5);
  const Blob blob{0, 255, 0, 7};
  ASSERT_TRUE(f.loop
                  .run(f.store->write([=](Session& session) {
                    session.execute(
                        "INSERT INTO thing VALUES (?1, ?2, ?3, ?4, ?5)",
                        {std::numeric_limits<std::int64_t>::min(), 0.1, text, blob, std::nullopt});
                    session.execute("INSERT INTO thing VALUES (?1, ?2, ?3, ?4, ?5)",
                                    {true, -0.0, std::string_view(), Blob{}, std::optional<std::int64_t>(3)});
                  }))
                  .has_value());
  const auto seen = f.loop.run(f.store->read([=](Session& session) {
    int rows = 0;
    session.query("SELECT * FROM thing ORDER BY rowid", {}, [&](const Row& row) {
      if (++rows == 1) {
        EXPECT_EQ(row.integer(0), std::numeric_limits<std::int64_t>::min());
        EXPECT_EQ(row.real(1), 0.1);
        EXPECT_EQ(row.text(2), text);
        EXPECT_EQ(row.blob(3), blob);
        EXPECT_TRUE(row.is_null(4));
        EXPECT_EQ(row.optional_integer(4), std::nullopt);
      } else {
        EXPECT_EQ(row.integer(0), 1);
        EXPECT_FALSE(row.is_null(2)) << "an empty text is not null";
        EXPECT_FALSE(row.is_null(3)) << "an empty blob is not null";
        EXPECT_EQ(row.optional_text(2), "");
        EXPECT_EQ(row.optional_integer(4), 3);
      }
    });
    return rows;
  }));
  EXPECT_EQ(seen.value(), 2);
}

Task<void> write_one(SqliteStore& store, std::int64_t key, std::vector<Result<std::int64_t>>* out) {
  auto result =
      co_await store.write([key](Session& session) { return session.execute(kInsert, {key, key}); });
  out->push_back(std::move(result));
}

TEST(SqliteStore, PiecesThatArriveTogetherShareOneCommit) {
  StoreFixture f;
  ASSERT_TRUE(f.open().has_value());
  io::TaskScope scope(f.loop, f.log);
  std::vector<Result<std::int64_t>> out;
  for (int i = 0; i < 100; ++i) scope.spawn("write", write_one(*f.store, i, &out));
  f.loop.run_for(Millis(4));
  EXPECT_TRUE(out.empty()) << "it lingers for 5 ms";
  f.loop.run_for(Millis(1));
  EXPECT_EQ(out.size(), 100U);
  EXPECT_EQ(f.store->figures().groups, 1U);
}

TEST(SqliteStore, AGroupIsNoLargerThanItsBound) {
  StoreFixture f;
  ASSERT_TRUE(f.open().has_value());
  io::TaskScope scope(f.loop, f.log);
  std::vector<Result<std::int64_t>> out;
  for (int i = 0; i < 1200; ++i) scope.spawn("write", write_one(*f.store, i, &out));
  f.loop.run_for(Millis(20));
  EXPECT_EQ(out.size(), 1200U);
  EXPECT_EQ(f.store->figures().groups, 3U);
}

TEST(SqliteStore, ASteadyStreamIsCommittedEvery25Milliseconds) {
  StoreFixture f;
  ASSERT_TRUE(f.open().has_value());
  io::TaskScope scope(f.loop, f.log);
  std::vector<Result<std::int64_t>> out;
  for (int i = 0; i < 1000; ++i) {
    scope.spawn("write", write_one(*f.store, i, &out));
    f.loop.run_for(Millis(1));
    EXPECT_GE(out.size() + 27, static_cast<std::size_t>(i)) << "nobody waits longer";
  }
  f.loop.run_for(Millis(30));
  EXPECT_EQ(out.size(), 1000U);
  EXPECT_GE(f.store->figures().groups, 1000U / 27);
  EXPECT_LE(f.store->figures().groups, 1000U / 24);
}

}  // namespace
}  // namespace fettle::store
