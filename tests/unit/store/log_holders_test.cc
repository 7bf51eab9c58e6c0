// Who holds the write-ahead log is found in the kernel's table of locks and told once.
#include "fettle/store/sqlite/log_holders.h"

#include <sys/wait.h>
#include <unistd.h>

#include "fettle/store/sqlite/connection.h"
#include "tests/unit/store/store_fixture.h"

namespace fettle::store {
namespace {

constexpr std::string_view kHeld =
    "another program holds the database in a transaction: until it ends, the write-ahead log grows; end the "
    "transaction or the program";
constexpr std::string_view kOver = "the write-ahead log moves again";

TEST(LogHolders, AreThoseWithAReadersLockOnTheIndex) {
  // Source: /proc/locks of Linux 6.1, numbers changed.
  constexpr std::string_view kTable =
      "1: POSIX  ADVISORY  READ 100 fe:01:77 124 124\n"
      "2: POSIX  ADVISORY  READ 100 fe:01:77 128 128\n"
      "3: POSIX  ADVISORY  READ 200 fe:01:77 128 128\n"   // only has it open
      "4: POSIX  ADVISORY  WRITE 300 fe:01:77 120 120\n"  // writes
      "5: POSIX  ADVISORY  READ 400 fe:01:78 124 124\n"   // another file
      "6: FLOCK  ADVISORY  WRITE 500 fe:01:77 0 EOF\n"
      "7: POSIX  ADVISORY  READ 600 fe:01:77 123 127\n"
      "7: -> POSIX  ADVISORY  WRITE 700 fe:01:77 123 127\n"
      "8: POSIX  ADVISORY  READ 0 fe:01:77 124 124\n"  // in another namespace
      "9: POSIX  ADVISORY  READ 600 fe:01:77 125 125\n";
  EXPECT_EQ(parse_log_holders(kTable, 77), (std::vector<std::int64_t>{100, 600}));
  EXPECT_EQ(parse_log_holders(kTable, 79), std::vector<std::int64_t>{});
}

TEST(LogHolders, BearAnyTable) {
  for (const std::string_view table :
       {"", "\n\n", "1: POSIX", "1: POSIX ADVISORY READ x fe:01:77 124 124", "1: POSIX A READ 1 77 124 124",
        "1: POSIX A READ 1 : 124 124", "1: POSIX A READ 1 fe:01:77 99999999999999999999 124", "        "}) {
    EXPECT_LE(parse_log_holders(table, 77).size(), 1U) << table;
  }
}

/// Another process that holds a snapshot when it is told to. Begun before this one has the database open:
/// what SQLite knows of open files must not be inherited.
class OtherProcess {
 public:
  OtherProcess() {
    EXPECT_EQ(::pipe(to_child_), 0);
    EXPECT_EQ(::pipe(from_child_), 0);
    child_ = ::fork();
    if (child_ == 0) live();
    ::close(to_child_[0]);
    ::close(from_child_[1]);
  }
  ~OtherProcess() { finish(); }
  OtherProcess(const OtherProcess&) = delete;
  OtherProcess& operator=(const OtherProcess&) = delete;

  void hold(const std::string& path) const {
    char byte = 0;
    EXPECT_EQ(::write(to_child_[1], (path + '\n').data(), path.size() + 1),
              static_cast<::ssize_t>(path.size() + 1));
    EXPECT_EQ(::read(from_child_[0], &byte, 1), 1) << "it holds the snapshot";
  }
  void finish() {
    if (child_ == 0) return;
    ::close(to_child_[1]);
    ::close(from_child_[0]);
    int status = 0;
    ::waitpid(std::exchange(child_, 0), &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  [[nodiscard]] std::string number() const { return "(" + std::to_string(child_) + ")"; }

 private:
  [[noreturn]] void live() const {
    ::close(to_child_[1]);
    ::close(from_child_[0]);
    std::string path;
    char byte = 0;
    while (::read(to_child_[0], &byte, 1) == 1 && byte != '\n') path += byte;
    std::atomic<std::uint64_t> statements{0};
    auto connection = Connection::open({.path = path, .role = Role::reader}, statements);
    if (!connection) ::_exit(1);
    (*connection)->run("BEGIN");
    (*connection)->query_integer("SELECT count(*) FROM filler");
    if (::write(from_child_[1], &byte, 1) != 1) ::_exit(1);
    ::_exit(::read(to_child_[0], &byte, 1) == 0 ? 0 : 1);
  }

  int to_child_[2] = {};
  int from_child_[2] = {};
  ::pid_t child_ = 0;
};

struct HeldStore : StoreFixture {
  HeldStore() {
    auto with = options();
    with.migrations = {{1, "bytes", "CREATE TABLE filler (id INTEGER PRIMARY KEY, bytes BLOB) STRICT;"}};
    EXPECT_TRUE(open(with).has_value());
  }
  [[nodiscard]] std::string told_holder() const {
    for (const io::MemorySink::Entry& entry : sink->entries()) {
      if (entry.message != kHeld) continue;
      for (const auto& [key, value] : entry.fields) {
        if (key == "holder") return value;
      }
    }
    return {};
  }
  void write_mebibytes(std::size_t count) {
    constexpr std::size_t kMiB = 1024UL * 1024;
    for (; count > 0; --count) {
      const auto written = loop.run(store->write([](Session& session) -> void {
        session.execute("INSERT OR REPLACE INTO filler (id, bytes) VALUES (1, ?1)", {Blob(kMiB, 1)});
      }));
      ASSERT_TRUE(written.has_value());
    }
  }
};

TEST(StuckLog, AProgramThatHoldsItIsNamedOnceAndItsEndToo) {
  OtherProcess other;
  HeldStore f;
  f.write_mebibytes(1);
  other.hold(f.options().path);
  f.write_mebibytes(8);
  f.loop.run_for(Seconds(5));
  EXPECT_GE(f.store->figures().wal_stuck_seconds, 4U);
  EXPECT_EQ(f.sink->count(kHeld), 0U) << "reads of the store itself may last as long";
  f.loop.run_for(Seconds(7));
  ASSERT_EQ(f.sink->count(kHeld), 1U);
  EXPECT_NE(f.told_holder().find(other.number()), std::string::npos) << f.told_holder();
  f.write_mebibytes(8);
  f.loop.run_for(Seconds(120));
  EXPECT_EQ(f.sink->count(kHeld), 1U);
  EXPECT_GE(f.store->figures().wal_stuck_seconds, 125U);
  EXPECT_EQ(f.sink->count(kOver), 0U);
  other.finish();
  f.loop.run_for(Seconds(4));
  EXPECT_EQ(f.sink->count(kOver), 1U);
  EXPECT_EQ(f.store->figures().wal_stuck_seconds, 0U);
  EXPECT_EQ(f.store->figures().wal_bytes, 0U);
}

TEST(StuckLog, UnderSmallWritesItsEndIsFoundAtOnceToo) {
  HeldStore f;
  f.write_mebibytes(1);
  std::atomic<std::uint64_t> statements{0};
  auto held = Connection::open({.path = f.options().path, .role = Role::reader}, statements).value();
  held->run("BEGIN");
  held->query_integer("SELECT count(*) FROM filler");
  f.write_mebibytes(8);
  f.loop.run_for(Seconds(20));
  ASSERT_EQ(f.sink->count(kHeld), 1U);
  held->run("COMMIT");
  for (int i = 0; i < 10; ++i) {  // never idle, and never another MiB
    const auto written = f.loop.run(f.store->write([i](Session& session) -> void {
      session.execute("INSERT OR REPLACE INTO filler (id, bytes) VALUES (2, ?1)",
                      {Blob(10, std::uint8_t(i))});
    }));
    ASSERT_TRUE(written.has_value());
    f.loop.run_for(Millis(300));
  }
  EXPECT_EQ(f.sink->count(kOver), 1U);
}

TEST(StuckLog, ReadersThatFollowEachOtherHoldNothing) {
  HeldStore f;
  f.write_mebibytes(1);
  std::atomic<std::uint64_t> statements{0};
  std::unique_ptr<Connection> reading;
  for (int i = 0; i < 30; ++i) {
    auto next = Connection::open({.path = f.options().path, .role = Role::reader}, statements).value();
    next->run("BEGIN");
    next->query_integer("SELECT count(*) FROM filler");
    if (reading) reading->run("COMMIT");
    reading = std::move(next);
    f.write_mebibytes(2);
    f.loop.run_for(Seconds(1));
  }
  EXPECT_GT(f.store->figures().busy_checkpoints, 10U);
  EXPECT_EQ(f.sink->count(kHeld), 0U);
  EXPECT_LT(f.store->figures().wal_stuck_seconds, 3U);
  reading->run("COMMIT");
}

}  // namespace
}  // namespace fettle::store
