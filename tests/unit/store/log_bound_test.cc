// The write-ahead log stays bounded (M15), and readers are cut off (R1). On real files.
#include <gtest/gtest.h>

#include "fettle/store/sqlite/connection.h"
#include "fettle/store/sqlite/location.h"
#include "tests/unit/store/store_fixture.h"

namespace fettle::store {
namespace {

constexpr std::uint64_t kMiB = 1024ULL * 1024;

SqliteStoreOptions with_bytes(StoreFixture& f) {
  auto options = f.options();
  options.migrations = {{1, "bytes", "CREATE TABLE filler (id INTEGER PRIMARY KEY, bytes BLOB) STRICT;"}};
  return options;
}

void write_bytes(StoreFixture& f, std::size_t count) {
  const auto result = f.loop.run(f.store->write([count](Session& session) -> void {
    session.execute("INSERT OR REPLACE INTO filler (id, bytes) VALUES (?1, ?2)",
                    {static_cast<std::int64_t>(count % 7), Blob(count, 1)});
  }));
  ASSERT_TRUE(result.has_value()) << result.error().detail;
}

std::uint64_t log_on_disk(StoreFixture& f) {
  std::error_code ignored;
  const auto size = std::filesystem::file_size(f.options().path + "-wal", ignored);
  return ignored ? 0 : size;
}

TEST(LogBound, HoldsAtFullSpeedWithoutReaders) {
  StoreFixture f;
  ASSERT_TRUE(f.open(with_bytes(f)).has_value());
  for (std::size_t i = 0; i < 150; ++i) write_bytes(f, 200'000 + i);  // 30 MB
  EXPECT_LT(log_on_disk(f), 8 * kMiB);
  EXPECT_GT(f.store->figures().checkpoints, 4U);
  EXPECT_EQ(f.store->figures().busy_checkpoints, 0U);
}

TEST(LogBound, GrowsUnderAStuckReaderWithoutHoldingTheWriterAndShrinksAfterIt) {
  StoreFixture f;
  ASSERT_TRUE(f.open(with_bytes(f)).has_value());
  std::atomic<std::uint64_t> statements{0};
  auto stuck = Connection::open({.path = f.options().path, .role = Role::reader}, statements).value();
  write_bytes(f, 1000);
  stuck->run("BEGIN");
  stuck->query_integer("SELECT count(*) FROM filler");
  for (std::size_t i = 0; i < 250; ++i) write_bytes(f, 200'000 + i);  // 50 MB
  EXPECT_GT(f.store->figures().wal_bytes, 40 * kMiB) << "nothing may be moved over what the reader sees";
  EXPECT_GT(f.store->figures().busy_checkpoints, 5U);
  stuck->run("COMMIT");
  write_bytes(f, 1'500'000);
  write_bytes(f, 1'500'000);
  EXPECT_LT(f.store->figures().wal_bytes, 8 * kMiB) << "the log begins anew once the reader has gone";
  f.loop.run_for(Seconds(5));
  EXPECT_EQ(f.store->figures().wal_bytes, 0U) << "an idle store empties it";
  EXPECT_EQ(log_on_disk(f), 0U);
  stuck.reset();
}

TEST(LogBound, IsEmptiedAtOnceWhenItWasLargeAndTheReaderHasGone) {
  StoreFixture f;
  ASSERT_TRUE(f.open(with_bytes(f)).has_value());
  std::atomic<std::uint64_t> statements{0};
  auto stuck = Connection::open({.path = f.options().path, .role = Role::reader}, statements).value();
  write_bytes(f, 1000);
  stuck->run("BEGIN");
  stuck->query_integer("SELECT count(*) FROM filler");
  for (std::size_t i = 0; i < 29; ++i) write_bytes(f, kMiB + i);
  ASSERT_LT(f.store->figures().wal_bytes, 32 * kMiB);
  stuck->run("COMMIT");
  write_bytes(f, 500'000);
  write_bytes(f, 800'000);
  EXPECT_GT(log_on_disk(f), 28 * kMiB) << "below 32 MiB the file is used again as it is";

  write_bytes(f, 1000);
  stuck->run("BEGIN");
  stuck->query_integer("SELECT count(*) FROM filler");
  for (std::size_t i = 0; i < 40; ++i) write_bytes(f, kMiB + i);
  ASSERT_GT(f.store->figures().wal_bytes, 36 * kMiB);
  stuck->run("COMMIT");
  write_bytes(f, kMiB + 100);
  EXPECT_EQ(log_on_disk(f), 0U) << "above it the disk is given back";
  EXPECT_EQ(f.store->figures().wal_bytes, 0U);
}

TEST(LogBound, IsEmptyAfterAStop) {
  StoreFixture f;
  ASSERT_TRUE(f.open(with_bytes(f)).has_value());
  for (std::size_t i = 0; i < 5; ++i) write_bytes(f, kMiB + i);
  EXPECT_GT(log_on_disk(f), kMiB);
  f.loop.run(f.store->stop());
  f.store.reset();
  EXPECT_EQ(log_on_disk(f), 0U);
}

TEST(LogBound, AReaderThatClosesLastMovesNothing) {
  StoreFixture f;
  ASSERT_TRUE(f.open(with_bytes(f)).has_value());
  std::atomic<std::uint64_t> statements{0};
  const std::string path = f.options().path;
  f.loop.run(f.store->stop());
  f.store.reset();
  auto writer = Connection::open({.path = path, .role = Role::writer}, statements).value();
  auto reader = Connection::open({.path = path, .role = Role::reader}, statements).value();
  writer->run("INSERT INTO filler (id, bytes) VALUES (1, zeroblob(100000))");
  reader->query_integer("SELECT count(*) FROM filler");
  writer->leave_log_on_close();
  writer.reset();
  const auto before = log_on_disk(f);
  ASSERT_GT(before, 100'000U);
  reader.reset();
  EXPECT_EQ(log_on_disk(f), before);
}

TEST(LogBoundDeathTest, OnlyTheWriterMovesIt) {
  StoreFixture f;
  ASSERT_TRUE(f.open(with_bytes(f)).has_value());
  std::atomic<std::uint64_t> statements{0};
  const auto reader = Connection::open({.path = f.options().path, .role = Role::reader}, statements).value();
  EXPECT_DEATH(ignore(reader->checkpoint(CheckpointMode::passive), "it does not come to this"),
               "only the writer moves the log");
}

TEST(LogBound, EveryConnectionHasTheSamePragmas) {
  StoreFixture f;
  ASSERT_TRUE(f.open(with_bytes(f)).has_value());
  std::atomic<std::uint64_t> statements{0};
  for (const Role role : {Role::writer, Role::reader}) {
    const auto connection = Connection::open({.path = f.options().path, .role = role}, statements).value();
    EXPECT_EQ(connection->query_text("PRAGMA journal_mode"), "wal");
    EXPECT_EQ(connection->query_integer("PRAGMA synchronous"), 2);
    EXPECT_EQ(connection->query_integer("PRAGMA wal_autocheckpoint"), 0);
    EXPECT_EQ(connection->query_integer("PRAGMA foreign_keys"), 1);
    EXPECT_EQ(connection->query_integer("PRAGMA trusted_schema"), 0);
    EXPECT_EQ(connection->query_integer("PRAGMA query_only"), role == Role::reader ? 1 : 0);
    EXPECT_EQ(connection->query_integer("PRAGMA busy_timeout"), 5000);
  }
}

TEST(Readers, ALongReadIsEndedAfterTwoSeconds) {
  StoreFixture f;
  ASSERT_TRUE(f.open().has_value());
  // Each row of the endless query takes a millisecond of virtual time.
  const auto result = f.loop.run(f.store->read([&f](Session& session) -> int {
    int rows = 0;
    session.query("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n", {},
                  [&](const Row&) {
                    ++rows;
                    f.loop.pass_time(Millis(1));
                  });
    return rows;
  }));
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::timeout);
  EXPECT_EQ(f.store->figures().late_reads, 1U);
  const auto next = f.loop.run(f.store->read([](Session& session) { return count_rows(session); }));
  EXPECT_TRUE(next.has_value()) << "its connection serves the next one";
}

TEST(Readers, ManyShortStatementsAreEndedToo) {
  StoreFixture f;
  ASSERT_TRUE(f.open().has_value());
  int statements = 0;
  const auto result = f.loop.run(f.store->read([&](Session& session) -> void {
    for (; statements < 100; ++statements) {
      count_rows(session);
      f.loop.pass_time(Millis(100));
    }
  }));
  EXPECT_EQ(result.error().code, ErrorCode::timeout);
  EXPECT_EQ(statements, 21);
}

TEST(Location, NetworkFileSystemsAreRefusedLocalOnesAreNot) {
  // Source: statfs(2): NFS, CIFS, SMB2, 9P; ext4, btrfs, XFS, tmpfs, overlayfs.
  for (const std::uint64_t kind : {0x6969U, 0xFF534D42U, 0xFE534D42U, 0x01021997U}) {
    EXPECT_TRUE(is_network_file_system(kind)) << std::hex << kind;
  }
  for (const std::uint64_t kind : {0xEF53U, 0x9123683EU, 0x58465342U, 0x01021994U, 0x794C7630U}) {
    EXPECT_FALSE(is_network_file_system(kind)) << std::hex << kind;
  }
  // On some machines f_type is a signed 32-bit number.
  EXPECT_TRUE(is_network_file_system(0xFFFFFFFFFF534D42U));
}

TEST(Connection, AnInterruptEndsAStatement) {
  StoreFixture f;
  ASSERT_TRUE(f.open().has_value());
  std::atomic<std::uint64_t> statements{0};
  const auto connection =
      Connection::open({.path = f.options().path, .role = Role::reader}, statements).value();
  int rows = 0;
  const std::function<void(const Row&)> row = [&](const Row&) {
    if (++rows == 10) connection->interrupt();
  };
  try {
    connection->run("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n", {},
                    &row);
    FAIL() << "it has no end";
  } catch (const DatabaseError& error) {
    EXPECT_EQ(error.kind(), DatabaseError::Kind::interrupted);
  }
  EXPECT_EQ(rows, 10);
}

TEST(Connection, AStatementMayBeUsedInsideItsOwnRows) {
  StoreFixture f;
  ASSERT_TRUE(f.open().has_value());
  ASSERT_TRUE(f.loop
                  .run(f.store->write([](Session& session) -> void {
                    for (int i = 0; i < 3; ++i) session.execute(kInsert, {i, i});
                  }))
                  .has_value());
  const auto pairs = f.loop.run(f.store->read([](Session& session) {
    constexpr std::string_view kKeys = "SELECT key FROM number ORDER BY key";
    int seen = 0;
    session.query(kKeys, {}, [&](const Row&) { session.query(kKeys, {}, [&](const Row&) { ++seen; }); });
    return seen;
  }));
  EXPECT_EQ(pairs.value(), 9);
}

}  // namespace
}  // namespace fettle::store
