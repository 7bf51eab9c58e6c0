// Segments that are torn, flipped, of a newer version or not segments at all.
#include <gtest/gtest.h>

#include "fettle/metrics/journal.h"
#include "fettle/metrics/journal_format.h"
#include "tests/unit/metrics/journal_fixture.h"

namespace fettle::metrics {
namespace {

TEST_F(JournalTest, CutsATornTailOnce) {
  auto life = begin();
  for (std::uint64_t i = 1; i <= 10; ++i) ASSERT_TRUE(life->append(1, i));
  life.reset();
  {
    io::SimFiles files(disk_);
    auto file = files.open("data/journal/" + segments().back(), io::OpenMode::append_or_create).value();
    ASSERT_TRUE(file->truncate(file->size() - 3));
  }
  life = begin();
  EXPECT_EQ(life->visited[1], up_to(9));
  EXPECT_GT(life->journal().figures().cut_bytes, 0U);
  ASSERT_TRUE(life->append(1, 10));
  life.reset();
  life = begin();
  EXPECT_EQ(life->visited[1], up_to(10));
  EXPECT_EQ(life->journal().figures().cut_bytes, 0U);
}

TEST_F(JournalTest, SkipsTheRestOfADamagedOlderSegmentAlone) {
  auto settings = settings_in("data/journal");
  settings.segment_age = Seconds(1);
  auto life = begin(settings);
  for (std::uint64_t segment = 0; segment < 3; ++segment) {
    for (std::uint64_t i = 1; i <= 10; ++i) ASSERT_TRUE(life->append(1, segment * 10 + i));
    sim_.loop.run_for(Seconds(2));
  }
  life.reset();
  ASSERT_EQ(segments().size(), 3U);
  {  // the middle one, in its middle
    const auto node = disk_.open("data/journal/" + segments()[1], false).value();
    const std::uint64_t middle = node->bytes.size() / 2;
    const std::uint8_t flipped = node->bytes[middle] ^ 4U;
    ASSERT_TRUE(disk_.write(node, middle, {&flipped, 1}));
  }
  life = begin();
  const auto& visited = life->visited[1];
  EXPECT_GT(visited.size(), 20U);
  EXPECT_LT(visited.size(), 30U);
  EXPECT_EQ(visited.back(), 30U);
  EXPECT_TRUE(std::ranges::is_sorted(visited));
  EXPECT_EQ(life->highest(1), 30U);
  EXPECT_GT(life->journal().figures().cut_bytes, 0U);
}

TEST_F(JournalTest, ADamagedHeaderTakesNothingWithIt) {
  auto settings = settings_in("data/journal");
  settings.segment_age = Seconds(1);
  auto life = begin(settings);
  for (std::uint64_t i = 1; i <= 30; ++i) {
    ASSERT_TRUE(life->append(1, i));
    if (i % 10 == 0) sim_.loop.run_for(Seconds(2));
  }
  life.reset();
  const auto before = segments();
  ASSERT_EQ(before.size(), 3U);
  for (const std::string& name : before) {
    const auto node = disk_.open("data/journal/" + name, false).value();
    const std::uint8_t flipped = node->bytes[20] ^ 4U;
    ASSERT_TRUE(disk_.write(node, 20, {&flipped, 1}));
  }
  for (std::uint64_t start = 0; start < 3; ++start) {  // it stays so
    life = begin(settings);
    EXPECT_EQ(life->visited[1], up_to(30 + start));
    EXPECT_EQ(life->highest(1), 30 + start);
    EXPECT_EQ(life->journal().figures().cut_bytes, 3 * kSegmentHeaderBytes);
    ASSERT_TRUE(life->append(1, 31 + start));
    life.reset();
    EXPECT_EQ(segments().size(), 4U + start);
  }
  EXPECT_EQ(sim_.sink->count("the header of a journal segment is damaged; its records are kept"), 9U);
}

TEST_F(JournalTest, KeepsAnUnreadableSegmentAsLongAsItsNeighbours) {
  auto settings = settings_in("data/journal");
  settings.segment_age = Seconds(60);
  auto life = begin(settings);
  for (std::uint64_t i = 1; i <= 5; ++i) {
    ASSERT_TRUE(life->append(1, i));
    sim_.loop.run_for(Seconds(61));
  }
  life.reset();
  const std::string oldest = segments().front();
  const std::string newest = segments().back();
  for (const std::string& name : {oldest, newest}) {
    const auto node = disk_.open("data/journal/" + name, false).value();
    const std::vector<std::uint8_t> zeros(node->bytes.size());
    ASSERT_TRUE(disk_.write(node, 0, zeros));
  }
  life = begin(settings);
  std::uint64_t next = life->highest(1) + 1;
  EXPECT_EQ(next, 5U);
  const auto has = [&](const std::string& name) { return std::ranges::count(segments(), name) == 1; };
  for (int minutes = 0; minutes < 60; ++minutes) {
    ASSERT_TRUE(life->append(1, next++));
    sim_.loop.run_for(Seconds(61));
    ASSERT_TRUE(has(oldest) && has(newest)) << minutes;
  }
  for (int minutes = 0; minutes < 10; ++minutes) {
    ASSERT_TRUE(life->append(1, next++));
    sim_.loop.run_for(Seconds(61));
  }
  EXPECT_FALSE(has(oldest) || has(newest));
}

TEST_F(JournalTest, RefusesAJournalOfANewerVersion) {
  {
    io::SimFiles files(disk_);
    ASSERT_TRUE(files.make_folders("data/journal"));
    auto file = files.open("data/journal/" + segment_name(1), io::OpenMode::append_or_create).value();
    std::vector<std::uint8_t> bytes;
    append_header({.version = kJournalVersion + 1, .number = 1, .created_ms = 0}, bytes);
    ASSERT_TRUE(file->append(bytes));
  }
  JournalLife life(sim_, disk_, settings_in("data/journal"));
  EXPECT_EQ(life.open().error().code, ErrorCode::unsupported);
}

// A process that is killed between its write and its sync leaves bytes that the next one can read and a power
// cut still takes.
TEST_F(JournalTest, WhatItReadsBackIsDurableFromThenOn) {
  std::size_t found = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    io::SimDisk disk{io::SimRandom(seed)};
    {
      io::SimFiles files(disk);
      ASSERT_TRUE(files.make_folders("j"));
      std::vector<std::uint8_t> bytes;
      SegmentEncoder encoder;
      encoder.begin({.number = 1, .created_ms = 1}, {}, bytes);
      for (std::uint64_t i = 1; i <= 30; ++i) encoder.add(sample_of(1, i), bytes);
      auto file = files.open("j/" + segment_name(1), io::OpenMode::append_or_create).value();
      ASSERT_TRUE(file->append(bytes));
    }
    std::uint64_t told = 0;
    {
      JournalLife life(sim_, disk, settings_in("j"));
      ASSERT_TRUE(life.open());
      told = life.highest(1);
    }
    disk.crash();
    JournalLife life(sim_, disk, settings_in("j"));
    ASSERT_TRUE(life.open());
    EXPECT_EQ(told, 30U);
    EXPECT_EQ(life.highest(1), told) << seed;
    found += life.visited[1].size();
  }
  EXPECT_EQ(found, 20U * 30);
}

TEST_F(JournalTest, LeavesFilesOfOthersAlone) {
  io::SimFiles files(disk_);
  ASSERT_TRUE(files.make_folders("data/journal"));
  ASSERT_TRUE(files.write_atomically("data/journal/notes.txt", "mine"));
  auto life = begin();
  ASSERT_TRUE(life->append(1, 1));
  life.reset();
  life = begin();
  EXPECT_EQ(files.read_all("data/journal/notes.txt", 100).value(), "mine");
  EXPECT_EQ(life->visited[1], up_to(1));
}

}  // namespace
}  // namespace fettle::metrics
