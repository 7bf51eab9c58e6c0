// A SqliteStore wholly inside a simulation: loop, clock, disk and VFS. One machine that can crash and start
// again.
#pragma once
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fettle/io/log_sink.h"
#include "fettle/io/sim/sim_clock.h"
#include "fettle/io/sim/sim_disk.h"
#include "fettle/io/sim/sim_files.h"
#include "fettle/io/sim/sim_loop.h"
#include "fettle/store/sqlite/sim_vfs.h"
#include "fettle/store/sqlite_store.h"
#include "tests/unit/store/store_fixture.h"

namespace fettle::store {

struct SimStore {
  explicit SimStore(std::uint64_t seed) : loop(seed), disk(loop.random().stream(1)) {}
  ~SimStore() { stop(); }
  SimStore(const SimStore&) = delete;
  SimStore& operator=(const SimStore&) = delete;

  Result<> start(SqliteStoreOptions options) {
    files = std::make_unique<io::SimFiles>(disk);
    vfs = std::make_unique<SimVfs>(disk);
    options.vfs = vfs->name();
    store = std::make_unique<SqliteStore>(loop, clock, *files, log, std::move(options));
    auto opened = store->open();
    if (!opened) store.reset();
    return opened;
  }
  Result<> start() { return start(options()); }
  void stop() {
    if (store) loop.run(store->stop());
    store.reset();
    vfs.reset();
    files.reset();
  }
  /// What runs at the moment of a crash ends without any effect on the disk; then the machine starts again.
  void crash_and_start() {
    disk.crash();
    stop();
    const auto started = start();
    ASSERT_TRUE(started.has_value()) << started.error().detail;
  }

  SqliteStoreOptions options() {
    return {.path = "/data/fettle.db",
            .migrations = kTestSchema,
            .on_fatal = [this](const Error& error) { fatal.push_back(error); },
            .reserve_bytes = 64 * 1024};
  }
  std::optional<std::int64_t> value_of(std::int64_t key) {
    return loop
        .run(store->read([key](Session& session) {
          return session.query_one("SELECT value FROM number WHERE key = ?1", {key},
                                   [](const Row& row) { return row.integer(0); });
        }))
        .value();
  }
  std::map<std::int64_t, std::int64_t> content() {
    return loop
        .run(store->read([](Session& session) {
          std::map<std::int64_t, std::int64_t> rows;
          session.query("SELECT key, value FROM number", {},
                        [&](const Row& row) { rows.emplace(row.integer(0), row.integer(1)); });
          return rows;
        }))
        .value();
  }
  std::string integrity() {
    return loop
        .run(store->read([](Session& session) {
          return session.query_one("SELECT integrity_check FROM pragma_integrity_check", {},
                                   [](const Row& row) { return row.text(0); });
        }))
        .value()
        .value();
  }

  io::SimLoop loop;
  io::SimClock clock{loop};
  io::SimDisk disk;
  std::shared_ptr<io::MemorySink> sink = std::make_shared<io::MemorySink>();
  io::Log log{sink, "test"};
  std::vector<Error> fatal;
  std::unique_ptr<io::SimFiles> files;
  std::unique_ptr<SimVfs> vfs;
  std::unique_ptr<SqliteStore> store;
};

}  // namespace fettle::store
