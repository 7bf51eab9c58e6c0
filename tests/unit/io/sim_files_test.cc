#include "fettle/io/sim/sim_files.h"

#include <gtest/gtest.h>

#include <set>

namespace fettle::io {
namespace {

std::vector<std::uint8_t> bytes(std::string_view text) {
  return {text.begin(), text.end()};
}

struct Machine {
  explicit Machine(std::uint64_t seed = 1) : disk(SimRandom(seed)) {
    EXPECT_TRUE(files().make_folders("/data").has_value());
  }
  /// The files of the machine's present life.
  SimFiles& files() {
    if (!view || life != disk.life()) {
      life = disk.life();
      view = std::make_unique<SimFiles>(disk);
    }
    return *view;
  }
  SimDisk disk;
  std::uint64_t life = 0;
  std::unique_ptr<SimFiles> view;
};

TEST(SimFiles, BehavesLikeFiles) {
  Machine machine;
  SimFiles& files = machine.files();
  auto file = files.open("/data/a", OpenMode::append_or_create).value();
  ASSERT_TRUE(file->append(bytes("hello ")).has_value());
  ASSERT_TRUE(file->append(bytes("world")).has_value());
  EXPECT_EQ(file->read(6, 100).value(), bytes("world"));
  EXPECT_EQ(file->read(11, 1).value(), bytes(""));
  ASSERT_TRUE(file->truncate(5).has_value());
  EXPECT_EQ(files.read_all("/data/a", 5).value(), "hello");
  EXPECT_EQ(files.read_all("/data/a", 4).error().code, ErrorCode::too_large);
  EXPECT_EQ(files.open("/data/none", OpenMode::read).error().code, ErrorCode::not_found);
  EXPECT_EQ(files.open("/nowhere/a", OpenMode::append_or_create).error().code, ErrorCode::not_found);
  ASSERT_TRUE(files.make_folders("/data/sub/deep").has_value());
  ASSERT_TRUE(files.write_atomically("/data/b", "x").has_value());
  EXPECT_EQ(files.list("/data").value(), (std::vector<std::string>{"a", "b", "sub"}));
  EXPECT_TRUE(files.list("/nowhere").value().empty());
  ASSERT_TRUE(files.remove("/data/a").has_value());
  ASSERT_TRUE(files.remove("/data/a").has_value());
  EXPECT_EQ(files.list("/data").value(), (std::vector<std::string>{"b", "sub"}));
}

TEST(SimFiles, SyncedBytesSurviveEveryCrashAndTheTailIsAnything) {
  std::set<std::size_t> lengths;
  std::size_t torn = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    Machine machine(seed);
    auto file = machine.files().open("/data/log", OpenMode::append_or_create).value();
    const std::string safe(700, 's');
    ASSERT_TRUE(file->append(bytes(safe)).has_value());
    ASSERT_TRUE(file->sync().has_value());
    ASSERT_TRUE(machine.files().sync_folder("/data").has_value());
    const std::string first(600, 'a');
    const std::string second(600, 'b');
    ASSERT_TRUE(file->append(bytes(first)).has_value());
    ASSERT_TRUE(file->append(bytes(second)).has_value());
    machine.disk.crash();
    const std::string found = machine.files().read_all("/data/log", 10'000).value();
    ASSERT_GE(found.size(), safe.size());
    ASSERT_LE(found.size(), 1900U);
    ASSERT_EQ(found.substr(0, safe.size()), safe);
    lengths.insert(found.size());
    if (found.find('\0') != std::string::npos) ++torn;
  }
  EXPECT_TRUE(lengths.contains(700)) << "all lost";
  EXPECT_TRUE(lengths.contains(1900)) << "all kept";
  EXPECT_GT(lengths.size(), 50U) << "torn anywhere";
  EXPECT_GT(torn, 10U) << "later sectors without earlier ones";
}

TEST(SimFiles, UnsyncedNamesMayGoAndRemovedOnesMayComeBack) {
  std::size_t kept = 0;
  std::size_t back = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Machine machine(seed);
    auto old = machine.files().open("/data/old", OpenMode::append_or_create).value();
    ASSERT_TRUE(machine.files().sync_folder("/data").has_value());
    ASSERT_TRUE(machine.files().remove("/data/old").has_value());
    auto file = machine.files().open("/data/new", OpenMode::append_or_create).value();
    ASSERT_TRUE(file->append(bytes("x")).has_value());
    ASSERT_TRUE(file->sync().has_value());
    machine.disk.crash();
    const auto names = machine.files().list("/data").value();
    const bool has_old = std::find(names.begin(), names.end(), "old") != names.end();
    const bool has_new = std::find(names.begin(), names.end(), "new") != names.end();
    ASSERT_FALSE(has_old && has_new) << "changes of names keep their order";
    back += has_old ? 1 : 0;
    kept += has_new ? 1 : 0;
  }
  EXPECT_GT(back, 10U);
  EXPECT_GT(kept, 10U);
  EXPECT_LT(kept, 90U);
}

TEST(SimFiles, AtomicWritesAreOldOrNewInEveryCrash) {
  for (const DiskCall call :
       {DiskCall::open, DiskCall::write, DiskCall::sync, DiskCall::rename, DiskCall::sync_folder}) {
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
      Machine machine(seed);
      ASSERT_TRUE(machine.files().write_atomically("/data/state", "the old state").has_value());
      machine.disk.crash_in(call, 1);
      EXPECT_FALSE(machine.files().write_atomically("/data/state", "the new state, longer").has_value());
      const std::string found = machine.files().read_all("/data/state", 100).value();
      EXPECT_TRUE(found == "the old state" || found == "the new state, longer") << found;
      ASSERT_TRUE(machine.files().write_atomically("/data/state", "third").has_value());
      EXPECT_EQ(machine.files().read_all("/data/state", 100).value(), "third");
    }
  }
}

TEST(SimFiles, WhatWasOpenBeforeACrashIsDeadAndHarmless) {
  Machine machine;
  auto old_file = machine.files().open("/data/a", OpenMode::append_or_create).value();
  ASSERT_TRUE(old_file->append(bytes("one")).has_value());
  ASSERT_TRUE(old_file->sync().has_value());
  ASSERT_TRUE(machine.files().sync_folder("/data").has_value());
  SimFiles old_view(machine.disk);
  machine.disk.crash();
  EXPECT_EQ(old_file->append(bytes("two")).error().code, ErrorCode::io);
  EXPECT_EQ(old_file->sync().error().code, ErrorCode::io);
  EXPECT_EQ(old_file->truncate(0).error().code, ErrorCode::io);
  EXPECT_FALSE(old_view.remove("/data/a").has_value());
  EXPECT_FALSE(old_view.write_atomically("/data/a", "zombie").has_value());
  EXPECT_FALSE(old_view.open("/data/a", OpenMode::read).has_value());
  EXPECT_EQ(machine.files().read_all("/data/a", 10).value(), "one");
}

TEST(SimFiles, FillsUpLikeADiskAndHasRoomAgain) {
  Machine machine;
  machine.disk.set_capacity(10);
  auto file = machine.files().open("/data/a", OpenMode::append_or_create).value();
  ASSERT_TRUE(file->append(bytes("12345678")).has_value());
  const auto full = file->append(bytes("abcd"));
  EXPECT_EQ(full.error().reason, "disk_full");
  EXPECT_EQ(full.error().code, ErrorCode::unavailable);
  EXPECT_EQ(file->size(), 10U) << "what fits is written before the error";
  EXPECT_EQ(machine.files().free_bytes("/data").value(), 0U);
  ASSERT_TRUE(file->truncate(2).has_value());
  ASSERT_TRUE(file->append(bytes("abcd")).has_value());
  machine.disk.set_capacity(std::nullopt);
  ASSERT_TRUE(file->append(std::vector<std::uint8_t>(1000, 1)).has_value());
  EXPECT_EQ(machine.disk.used(), 1006U);
}

TEST(SimFiles, TheNthCallFailsOnceAndDoesNothing) {
  Machine machine;
  auto file = machine.files().open("/data/a", OpenMode::append_or_create).value();
  machine.disk.fail_next(DiskCall::write, 2);
  ASSERT_TRUE(file->append(bytes("1")).has_value());
  EXPECT_EQ(file->append(bytes("2")).error().code, ErrorCode::io);
  ASSERT_TRUE(file->append(bytes("3")).has_value());
  EXPECT_EQ(machine.files().read_all("/data/a", 10).value(), "13");
  machine.disk.fail_next(DiskCall::sync);
  EXPECT_FALSE(file->sync().has_value());
  EXPECT_TRUE(file->sync().has_value());
  EXPECT_EQ(machine.disk.calls(DiskCall::sync), 2U);
}

}  // namespace
}  // namespace fettle::io
