#include "fettle/metrics/journal.h"

#include <gtest/gtest.h>

#include <numeric>

#include "fettle/metrics/history.h"
#include "fettle/metrics/journal_format.h"
#include "fettle/metrics/queued_bytes.h"
#include "tests/unit/metrics/journal_fixture.h"
#include "tests/unit/metrics/large_sets.h"

namespace fettle::metrics {
namespace {

constexpr auto every_host = [](HostNumber) { return true; };

class JournalTest : public testing::Test {
 protected:
  std::unique_ptr<JournalLife> begin() { return begin(settings_in("data/journal")); }
  std::unique_ptr<JournalLife> begin(JournalSettings settings) {
    auto life = std::make_unique<JournalLife>(sim_, disk_, std::move(settings));
    EXPECT_TRUE(life->open());
    return life;
  }
  std::vector<std::string> segments() { return io::SimFiles(disk_).list("data/journal").value(); }

  static std::vector<std::uint64_t> up_to(std::uint64_t last) {
    std::vector<std::uint64_t> all(last);
    std::iota(all.begin(), all.end(), 1U);
    return all;
  }

  io::SimFixture sim_;
  io::SimDisk disk_{io::SimRandom(5)};
  io::SimFiles files_{disk_};
};

TEST_F(JournalTest, ReportsInOrderOfAppendAfterOneSyncAGroup) {
  auto life = begin();
  for (std::uint64_t i = 1; i <= 100; ++i) {
    ASSERT_TRUE(life->append(1 + i % 3, i));
    EXPECT_EQ(life->highest(1 + i % 3), i > 3 ? life->highest(1 + i % 3) : 0U);
    if (i % 10 == 0) sim_.loop.run_for(Millis(20));
  }
  EXPECT_EQ(life->groups, 10U);
  EXPECT_EQ(disk_.calls(io::DiskCall::sync), 10U);
  ASSERT_EQ(life->committed.size(), 100U);
  for (std::uint64_t i = 1; i <= 100; ++i) EXPECT_EQ(life->committed[i - 1], JournalLife::Name(1 + i % 3, i));
  EXPECT_EQ(life->highest(2), 100U);
  EXPECT_EQ(life->journal().figures().records, 100U);
  EXPECT_EQ(life->journal().figures().groups, 10U);
}

TEST_F(JournalTest, SaysNothingBeforeTheLingerIsOver) {
  auto life = begin();
  ASSERT_TRUE(life->append(1, 1));
  sim_.loop.run_for(Millis(4));
  EXPECT_TRUE(life->committed.empty());
  EXPECT_EQ(life->journal().figures().queued, 1U);
  ASSERT_TRUE(life->append(1, 2));
  sim_.loop.run_for(Millis(2));
  EXPECT_EQ(life->committed.size(), 2U);
  EXPECT_EQ(life->groups, 1U);
  EXPECT_EQ(life->highest(1), 2U);
}

TEST_F(JournalTest, CollectsTheNextGroupWhileOneIsWritten) {
  auto life = begin();
  sim_.loop.set_work_delay("journal", {Millis(50), Millis(50)});
  for (std::uint64_t i = 1; i <= 80; ++i) {
    ASSERT_TRUE(life->append(1, i));
    sim_.loop.run_for(Millis(1));
  }
  sim_.loop.run_for(Millis(200));
  EXPECT_EQ(life->committed.size(), 80U);
  EXPECT_EQ(life->groups, 3U);  // 5 ms of company, then two times what came within 50 ms
}

TEST_F(JournalTest, WritesAGroupAtOnceWhenItIsLarge) {
  auto settings = settings_in("data/journal");
  settings.group_records = 10;
  auto life = begin(settings);
  for (std::uint64_t i = 1; i <= 35; ++i) ASSERT_TRUE(life->append(1, i));
  sim_.loop.run_for(Millis(3));
  EXPECT_EQ(life->committed.size(), 30U);
  sim_.loop.run_for(Millis(10));
  EXPECT_EQ(life->committed.size(), 35U);
  EXPECT_EQ(life->groups, 4U);
}

TEST_F(JournalTest, ReportsALargeGroupInSlicesAndGivesTheLoopBackBetween) {
  auto life = begin();
  std::size_t turns_of_others = 0;
  std::size_t most = 0;
  std::size_t reported = 0;
  std::vector<std::size_t> turns_at;  // of others, at each report
  life->journal().on_committed([&](std::span<Sample> samples) {
    turns_at.push_back(turns_of_others);
    most = std::max(most, samples.size());
    if (reported == 0) ASSERT_TRUE(life->append(1, 1'001));  // waits for its turn
    reported += samples.size();
    EXPECT_GE(life->journal().figures().queued, 1U);
    sim_.loop.post([&] { ++turns_of_others; });
  });
  for (std::uint64_t i = 1; i <= 1'000; ++i) ASSERT_TRUE(life->append(1, i));
  sim_.loop.run_for(Millis(50));
  EXPECT_LE(most, 64U);
  ASSERT_GE(turns_at.size(), 16U);
  for (std::size_t i = 1; i < turns_at.size(); ++i) EXPECT_EQ(turns_at[i], i) << "others had a turn";
  EXPECT_EQ(life->journal().figures().groups, 2U);
  ASSERT_EQ(life->committed.size(), 1'001U);
  EXPECT_TRUE(std::ranges::is_sorted(life->committed));
  EXPECT_EQ(life->journal().figures().queued, 0U);
}

TEST_F(JournalTest, ReportsFewerAtOnceWhereSamplesAreLarge) {
  auto life = begin();
  const auto set = large_set(2'000, 10, 1);
  for (std::uint64_t i = 1; i <= 27; ++i) ASSERT_TRUE(life->journal().append(sample_in(set, i)));
  sim_.loop.run_for(Millis(20));
  EXPECT_EQ(life->journal().figures().groups, 1U);
  EXPECT_EQ(life->committed.size(), 27U);
  EXPECT_EQ(life->groups, 3U);
}

TEST_F(JournalTest, RefusesMoreThanMayWait) {
  auto settings = settings_in("data/journal");
  settings.queue_records = 10;
  auto life = begin(settings);
  for (std::uint64_t i = 1; i <= 10; ++i) ASSERT_TRUE(life->append(1, i));
  const auto refused = life->append(1, 11);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "journal_full");
  sim_.loop.run_for(Millis(20));
  EXPECT_TRUE(life->append(1, 11));
}

TEST_F(JournalTest, RefusesMoreBytesThanMayWait) {
  auto settings = settings_in("data/journal");
  settings.queue_bytes = 100'000;
  auto life = begin(settings);
  std::uint64_t taken = 0;
  Result<> appended;
  while (taken < 100 && (appended = life->journal().append(sample_in(large_set(100, 90, taken), taken + 1))))
    ++taken;
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().reason, "journal_full");
  EXPECT_GE(taken, 5U);
  EXPECT_LE(taken, 12U) << "a set is a part of what waits";
  EXPECT_LE(life->journal().figures().queued_bytes, 120'000U);
  sim_.loop.run_for(Millis(20));
  EXPECT_EQ(life->committed.size(), taken);
  EXPECT_EQ(life->journal().figures().queued_bytes, 0U);
  EXPECT_TRUE(life->journal().append(sample_in(large_set(100, 90, taken), taken + 1)));
}

TEST_F(JournalTest, WritesNoMoreBytesAtOnceThanAGroupMayHave) {
  auto settings = settings_in("data/journal");
  settings.group_bytes = 30'000;
  auto life = begin(settings);
  const SeriesSetPtr sets[] = {large_set(100, 90, 1), large_set(100, 90, 2)};
  for (std::uint64_t i = 1; i <= 20; ++i)  // one after the other: each is written again
    ASSERT_TRUE(life->journal().append(sample_in(sets[i % 2], i)));
  sim_.loop.run_for(Millis(20));
  EXPECT_EQ(life->committed.size(), 20U);
  EXPECT_EQ(life->groups, 10U);
}

TEST_F(JournalTest, HoldsNoMoreBytesThanItMayAndKeepsEveryPosition) {
  auto settings = settings_in("data/journal");
  settings.segment_bytes = 100'000;
  settings.keep_bytes = 500'000;
  auto life = begin(settings);
  ASSERT_TRUE(life->append(7, 5));  // and then never again
  for (std::uint64_t i = 1; i <= 100; ++i) {
    ASSERT_TRUE(life->journal().append(sample_in(large_set(100, 300, i), i)));
    sim_.loop.run_for(Millis(20));
    ASSERT_LE(disk_.used(), 650'000U);
    ASSERT_EQ(life->journal().figures().bytes, disk_.used());
  }
  EXPECT_GE(disk_.used(), 400'000U);
  life.reset();
  Journal journal(sim_.loop, sim_.clock, files_, sim_.log, settings);
  std::vector<std::uint64_t> visited;
  ASSERT_TRUE(
      journal.open(every_host, [&](const Sample& sample) { visited.push_back(sample.position.sequence); }));
  EXPECT_EQ(journal.highest(7).sequence, 5U);
  EXPECT_EQ(journal.highest(1).sequence, 100U);
  EXPECT_GE(visited.size(), 10U);
  EXPECT_EQ(visited.back(), 100U) << "the newest are kept";
  sim_.loop.run(journal.stop());
}

TEST_F(JournalTest, BringsBackNoMoreThanMemoryMayHold) {
  {
    Journal journal(sim_.loop, sim_.clock, files_, sim_.log, settings_in("data/journal"));
    ASSERT_TRUE(journal.open(every_host, [](const Sample&) {}));
    for (std::uint64_t i = 1; i <= 40; ++i) {
      ASSERT_TRUE(journal.append(sample_in(large_set(2'000, 450, i), i)));
      sim_.loop.run_for(Millis(20));
    }
    sim_.loop.run(journal.stop());
  }
  Journal journal(sim_.loop, sim_.clock, files_, sim_.log, settings_in("data/journal"));
  History history;
  std::size_t visited = 0;
  ASSERT_TRUE(journal.open(every_host, [&](const Sample& sample) {
    history.add(sample);
    ++visited;
  }));
  EXPECT_EQ(visited, 40U);
  EXPECT_LE(history.figures().bytes, 37U << 20U);
  sim_.loop.run(journal.stop());
}

TEST_F(JournalTest, ReadsBackEverySampleInOrder) {
  auto life = begin();
  for (std::uint64_t i = 1; i <= 50; ++i)
    for (HostNumber host = 1; host <= 3; ++host) ASSERT_TRUE(life->append(host, i));
  life.reset();
  life = begin();
  for (HostNumber host = 1; host <= 3; ++host) {
    EXPECT_EQ(life->visited[host], up_to(50));
    EXPECT_EQ(life->highest(host), 50U);
  }
  EXPECT_EQ(life->journal().figures().cut_bytes, 0U);
}

TEST_F(JournalTest, StopWritesWhatWaitsAndTakesNoMore) {
  auto life = begin();
  for (std::uint64_t i = 1; i <= 5; ++i) ASSERT_TRUE(life->append(1, i));
  life->stop();
  EXPECT_EQ(life->committed.size(), 5U);
  EXPECT_EQ(life->append(1, 6).error().reason, "stopping");
}

TEST_F(JournalTest, MakesNoFileBeforeThereIsSomethingToWrite) {
  begin();
  begin();
  EXPECT_TRUE(segments().empty());
}

TEST_F(JournalTest, AFullDiskRefusesTheGroupAndTheJournalRecoversByItself) {
  auto life = begin();
  for (std::uint64_t i = 1; i <= 10; ++i) ASSERT_TRUE(life->append(1, i));
  sim_.loop.run_for(Millis(20));
  const std::uint64_t used = disk_.used();
  disk_.set_capacity(used + 40);  // a part of the group finds room
  for (std::uint64_t i = 11; i <= 20; ++i) ASSERT_TRUE(life->append(1, i));
  sim_.loop.run_for(Millis(20));
  EXPECT_EQ(life->refused.size(), 10U);
  EXPECT_EQ(life->committed.size(), 10U);
  EXPECT_EQ(life->highest(1), 10U);
  EXPECT_EQ(disk_.used(), used);
  EXPECT_TRUE(life->journal().figures().disk_full);
  EXPECT_EQ(life->append(1, 11).error().reason, "disk_full");
  for (int i = 0; i < 5; ++i) {  // it is tried again, in vain
    sim_.loop.run_for(Seconds(2));
    ASSERT_TRUE(life->append(1, 11));
    sim_.loop.run_for(Millis(20));
    EXPECT_EQ(life->refused.back(), JournalLife::Name(1, 11));
  }
  EXPECT_LE(segments().size(), 2U);
  disk_.set_capacity({});
  sim_.loop.run_for(Seconds(2));
  for (std::uint64_t i = 11; i <= 20; ++i) ASSERT_TRUE(life->append(1, i));
  sim_.loop.run_for(Millis(20));
  EXPECT_EQ(life->committed.size(), 20U);
  EXPECT_FALSE(life->journal().figures().disk_full);
  EXPECT_FALSE(life->has_failed);
  life.reset();
  life = begin();
  EXPECT_EQ(life->visited[1], up_to(20));
}

TEST_F(JournalTest, WhatWaitsBehindARefusedGroupIsRefusedToo) {
  auto life = begin();
  sim_.loop.set_work_delay("journal", {Millis(50), Millis(50)});
  disk_.set_capacity(0);
  ASSERT_TRUE(life->append(1, 1));
  sim_.loop.run_for(Millis(20));  // it is being written
  ASSERT_TRUE(life->append(1, 2));
  disk_.set_capacity(0);
  sim_.loop.run_for(Millis(40));
  disk_.set_capacity({});
  sim_.loop.run_for(Seconds(1));
  EXPECT_EQ(life->refused, (std::vector<JournalLife::Name>{{1, 1}, {1, 2}}));
  EXPECT_TRUE(life->committed.empty());
}

TEST_F(JournalTest, AFailedSyncIsFinal) {
  auto life = begin();
  ASSERT_TRUE(life->append(1, 1));
  sim_.loop.run_for(Millis(20));
  disk_.fail_next(io::DiskCall::sync);
  ASSERT_TRUE(life->append(1, 2));
  sim_.loop.run_for(Millis(6));
  EXPECT_TRUE(life->has_failed);
  EXPECT_EQ(life->committed.size(), 1U);
  EXPECT_TRUE(life->refused.empty());
  EXPECT_EQ(life->append(1, 3).error().code, ErrorCode::unavailable);
  sim_.loop.run_for(Seconds(5));
  EXPECT_EQ(life->committed.size(), 1U);
}

TEST_F(JournalTest, EveryFailedCallOfTheDiskEndsInNoFalseReport) {
  for (const auto call :
       {io::DiskCall::open, io::DiskCall::write, io::DiskCall::sync, io::DiskCall::sync_folder}) {
    for (std::uint64_t nth = 1; nth <= 3; ++nth) {
      io::SimDisk disk{io::SimRandom(nth)};
      JournalSettings settings = settings_in("j");
      settings.segment_bytes = 1;  // a segment a group
      JournalLife life(sim_, disk, settings);
      ASSERT_TRUE(life.open());
      disk.fail_next(call, nth);
      for (std::uint64_t i = 1; i <= 5; ++i) {
        ignore(life.append(1, i), "refused once it has failed");
        sim_.loop.run_for(Millis(20));
      }
      EXPECT_TRUE(life.has_failed);
      EXPECT_EQ(life.committed.size(), nth - 1);
    }
  }
}

TEST_F(JournalTest, ChangesSegmentsBySizeAndByAge) {
  auto settings = settings_in("data/journal");
  settings.segment_bytes = 2'000;
  auto life = begin(settings);
  for (std::uint64_t i = 1; i <= 200; ++i) {
    ASSERT_TRUE(life->append(1, i));
    if (i % 10 == 0) sim_.loop.run_for(Millis(20));
  }
  const std::size_t by_size = segments().size();
  EXPECT_GE(by_size, 3U);
  EXPECT_EQ(life->journal().figures().segments, by_size);
  EXPECT_EQ(life->journal().figures().bytes, disk_.used());
  sim_.loop.run_for(Seconds(601));
  ASSERT_TRUE(life->append(1, 201));
  sim_.loop.run_for(Millis(20));
  EXPECT_EQ(segments().size(), by_size + 1);
  life.reset();
  life = begin();
  EXPECT_EQ(life->visited[1], up_to(201));
}

TEST_F(JournalTest, DropsOldSegmentsWholeAndKeepsEveryPosition) {
  auto life = begin();
  ASSERT_TRUE(life->append(7, 5));  // and then never again
  std::size_t most = 0;
  for (std::uint64_t i = 1; i <= 300; ++i) {
    ASSERT_TRUE(life->append(1, i));
    sim_.loop.run_for(Seconds(60));
    most = std::max(most, segments().size());
    if (i % 100 == 0) sim_.clock.step_wall(std::chrono::hours(i == 100 ? 30 : -50));  // makes nothing older
  }
  EXPECT_GE(segments().size(), 6U);  // 65 minutes at ten minutes each
  EXPECT_LE(most, 9U);
  life.reset();
  life = begin();
  EXPECT_EQ(life->highest(7), 5U);
  EXPECT_EQ(life->highest(1), 300U);
  EXPECT_TRUE(life->visited[7].empty());
  EXPECT_LE(life->visited[1].size(), 90U);
  EXPECT_GE(life->visited[1].size(), 65U);
  EXPECT_EQ(life->visited[1].back(), 300U);
}

TEST_F(JournalTest, CountsWhatItWroteApartFromWhatIsOnDisk) {
  auto life = begin();
  std::uint64_t written = 0;
  bool has_shrunk = false;
  std::uint64_t on_disk = 0;
  for (std::uint64_t i = 1; i <= 100; ++i) {
    ASSERT_TRUE(life->append(1, i));
    sim_.loop.run_for(Seconds(120));
    const JournalFigures figures = life->journal().figures();
    EXPECT_GT(figures.written_bytes, written);
    written = figures.written_bytes;
    EXPECT_EQ(figures.bytes, disk_.used());
    has_shrunk = has_shrunk || figures.bytes < on_disk;
    on_disk = figures.bytes;
  }
  EXPECT_TRUE(has_shrunk);
  EXPECT_GT(written, 2 * on_disk);
  life.reset();
  life = begin();
  EXPECT_EQ(life->journal().figures().written_bytes, 0U) << "since the start";
  EXPECT_EQ(life->journal().figures().bytes, disk_.used());
}

TEST_F(JournalTest, ForgetsAHostForGood) {
  auto life = begin();
  ASSERT_TRUE(life->append(1, 1));
  ASSERT_TRUE(life->append(2, 1));
  sim_.loop.run_for(Millis(20));
  life->journal().forget(1);
  EXPECT_EQ(life->highest(1), 0U);
  for (std::uint64_t i = 2; i <= 100; ++i) {
    ASSERT_TRUE(life->append(2, i));
    sim_.loop.run_for(Seconds(120));
  }
  life.reset();
  life = begin();
  EXPECT_EQ(life->highest(1), 0U);
  EXPECT_EQ(life->highest(2), 100U);
}

TEST_F(JournalTest, ForgetsAHostWhoseSamplesAreOnTheirWay) {
  auto life = begin();
  sim_.loop.set_work_delay("journal", {Millis(50), Millis(50)});
  ASSERT_TRUE(life->append(1, 1));
  sim_.loop.run_for(Millis(20));  // it is being written
  ASSERT_TRUE(life->append(1, 2));
  ASSERT_TRUE(life->append(2, 1));
  ASSERT_TRUE(life->append(1, 3));
  life->journal().forget(1);
  sim_.loop.run_for(Millis(200));
  EXPECT_EQ(life->committed, (std::vector<JournalLife::Name>{{1, 1}, {2, 1}}));
  EXPECT_EQ(life->journal().figures().queued_bytes, 0U);
  EXPECT_EQ(life->highest(1), 0U);
  ASSERT_TRUE(life->append(1, 4));
  sim_.loop.run_for(Millis(1));
  life->journal().forget(1);  // nothing is left to write
  for (std::uint64_t i = 2; i <= 100; ++i) {
    sim_.loop.run_for(Seconds(120));
    ASSERT_TRUE(life->append(2, i));
  }
  life.reset();
  life = begin();
  EXPECT_EQ(life->highest(1), 0U);
  EXPECT_EQ(life->highest(2), 100U);
}

TEST_F(JournalTest, LearnsNothingOfHostsThatAreNotThereAnyMore) {
  auto life = begin();
  for (std::uint64_t i = 1; i <= 10; ++i) {
    ASSERT_TRUE(life->append(1, i));
    ASSERT_TRUE(life->append(2, i));
    sim_.loop.run_for(Seconds(300));  // checkpoints with both
  }
  life = std::make_unique<JournalLife>(sim_, disk_, settings_in("data/journal"));
  life->is_known = [](HostNumber host) { return host == 2; };
  ASSERT_TRUE(life->open());
  EXPECT_EQ(life->highest(1), 0U);
  EXPECT_TRUE(life->visited[1].empty());
  EXPECT_EQ(life->visited[2], up_to(10));
  for (std::uint64_t i = 11; i <= 50; ++i) {  // until all that knew it is gone
    ASSERT_TRUE(life->append(2, i));
    sim_.loop.run_for(Seconds(300));
  }
  life.reset();
  life = begin();
  EXPECT_EQ(life->highest(1), 0U);
  EXPECT_EQ(life->highest(2), 50U);
}

TEST_F(JournalTest, ReadsASampleOnceThatWasWrittenTwice) {
  auto life = begin();
  for (const std::uint64_t i : {1U, 2U, 2U, 1U, 3U}) ASSERT_TRUE(life->append(1, i));
  life.reset();
  life = begin();
  EXPECT_EQ(life->visited[1], up_to(3));
}

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
