#include "fettle/metrics/journal.h"

#include <gtest/gtest.h>

#include "fettle/io/task_scope.h"
#include "fettle/metrics/journal_writer.h"
#include "tests/unit/metrics/journal_fixture.h"

namespace fettle::metrics {
namespace {

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

TEST_F(JournalTest, TakesAPositionOnce) {
  auto life = begin();
  const auto is_refused = [&life](std::uint64_t sequence) {
    const auto appended = life->append(1, sequence);
    return !appended && appended.error().code == ErrorCode::conflict;
  };
  ASSERT_TRUE(life->append(1, 1));
  EXPECT_TRUE(is_refused(1)) << "it is on its way";
  ASSERT_TRUE(life->append(1, 3));
  ASSERT_TRUE(life->append(2, 1));
  sim_.loop.run_for(Millis(20));
  for (const std::uint64_t i : {1U, 2U, 3U}) EXPECT_TRUE(is_refused(i));
  life.reset();
  life = begin();
  EXPECT_TRUE(is_refused(3)) << "it is on disk";
  ASSERT_TRUE(life->append(1, 4));
  disk_.set_capacity(0);
  sim_.loop.run_for(Millis(20));
  ASSERT_EQ(life->refused, (std::vector<JournalLife::Name>{{1, 4}}));
  disk_.set_capacity({});
  sim_.loop.run_for(Seconds(2));
  EXPECT_TRUE(life->append(1, 4)) << "what was refused is sent again";
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

TEST_F(JournalTest, ReadsTheSameInPiecesOfAnySize) {
  auto settings = settings_in("data/journal");
  settings.segment_bytes = 2'000;
  {
    auto life = begin(settings);
    for (std::uint64_t i = 1; i <= 200; ++i) {
      ASSERT_TRUE(life->append(1 + i % 3, i));
      if (i % 10 == 0) sim_.loop.run_for(Millis(20));
    }
  }
  ASSERT_GT(segments().size(), 3U);
  for (const std::size_t most : {1U, 4U, 50U, 333U, 1'000'000U}) {
    io::SimFiles files(disk_);
    JournalWriter writer(files, sim_.log, settings);
    std::uint64_t next = 1;
    for (bool is_over = false; !is_over;) {
      auto piece = writer.restore(most, MonoTime{}, 0);
      ASSERT_TRUE(piece);
      std::size_t values = 0;
      for (const Sample& sample : piece->samples) {
        EXPECT_EQ(sample.position.sequence, next++);
        EXPECT_TRUE(is_sample_of(sample));
        values += sample.values.size();
      }
      EXPECT_LT(values, most + 5) << "one sample goes beyond at most";
      is_over = piece->end.has_value();
      if (is_over) {
        EXPECT_EQ(piece->end->samples, 200U);
        EXPECT_EQ(piece->end->segments, segments().size());
        EXPECT_EQ(piece->end->highest.size(), 3U);
      }
    }
    EXPECT_EQ(next, 201U);
  }
}

TEST_F(JournalTest, LeavesTheLoopToOthersWhileItReads) {
  {
    auto life = begin();
    for (std::uint64_t i = 1; i <= 200; ++i) ASSERT_TRUE(life->append(1, i));
  }
  sim_.loop.set_work_delay("journal", {Seconds(3), Seconds(3)});
  int ticks = 0;
  io::TaskScope tasks(sim_.loop, sim_.log);
  tasks.spawn("tick", [](io::Clock& clock, int& count) -> Task<void> {
    for (;;) {
      co_await clock.sleep_for(Seconds(1));
      ++count;
    }
  }(sim_.clock, ticks));
  auto life = begin();
  EXPECT_EQ(life->visited[1], up_to(200));
  EXPECT_GE(ticks, 2) << "the disk took three seconds, and the loop went on";
  sim_.loop.set_work_delay("journal", {});
  life.reset();
  sim_.loop.run(tasks.stop());
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
  life->known = {{2}};
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
  begin().reset();
  {
    io::SimFiles files(disk_);
    JournalWriter writer(files, sim_.log, settings_in("data/journal"));
    const auto restored = writer.restore(1'000, sim_.clock.mono_now(), 0);
    ASSERT_TRUE(restored && restored->end);
    JournalGroup group{.samples = {}, .forgotten = {}, .mono_now = sim_.clock.mono_now()};
    for (const std::uint64_t i : {1U, 2U, 2U, 1U, 3U}) group.samples.push_back(sample_of(1, i));
    ASSERT_EQ(writer.write(group).state, JournalOutcome::State::committed);
  }
  auto life = begin();
  EXPECT_EQ(life->visited[1], up_to(3));
}

}  // namespace
}  // namespace fettle::metrics
