// A SqliteStore on a simulated loop. The file is real, in a folder of its own that goes with the fixture.
#pragma once
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>

#include "fettle/io/log_sink.h"
#include "fettle/io/sim/sim_clock.h"
#include "fettle/io/sim/sim_loop.h"
#include "fettle/io/system_files.h"
#include "fettle/store/sqlite_store.h"

namespace fettle::store {

inline const std::vector<Migration> kTestSchema{
    {1, "numbers", "CREATE TABLE number (key INTEGER PRIMARY KEY, value INTEGER NOT NULL) STRICT;"}};

class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "fettle-store-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = pattern;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct StoreFixture {
  explicit StoreFixture(std::uint64_t seed = 1) : loop(seed) {}
  ~StoreFixture() {
    if (store) loop.run(store->stop());
  }
  StoreFixture(const StoreFixture&) = delete;
  StoreFixture& operator=(const StoreFixture&) = delete;

  SqliteStoreOptions options() {
    return {.path = folder.path() + "/fettle.db",
            .migrations = kTestSchema,
            .on_fatal = [this](const Error& error) { fatal.push_back(error); },
            .reserve_bytes = 64 * 1024};
  }
  Result<> open(SqliteStoreOptions with) {
    store = std::make_unique<SqliteStore>(loop, clock, files, log, std::move(with));
    auto opened = store->open();
    if (!opened) store.reset();
    return opened;
  }
  Result<> open() { return open(options()); }
  void reopen() {
    loop.run(store->stop());
    store.reset();
    ASSERT_TRUE(open().has_value());
  }

  Folder folder;
  io::SimLoop loop;
  io::SimClock clock{loop};
  io::SystemFiles files;
  std::shared_ptr<io::MemorySink> sink = std::make_shared<io::MemorySink>();
  io::Log log{sink, "test"};
  std::vector<Error> fatal;
  std::unique_ptr<SqliteStore> store;
};

constexpr std::string_view kInsert = "INSERT INTO number (key, value) VALUES (?1, ?2)";
constexpr std::string_view kUpsert =
    "INSERT INTO number (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";

inline std::int64_t count_rows(Session& session) {
  return session.query_one("SELECT count(*) FROM number", {}, [](const Row& row) { return row.integer(0); })
      .value();
}

}  // namespace fettle::store
