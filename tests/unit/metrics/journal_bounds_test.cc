// What the journal holds at most: in its queue, at once, in a turn of the loop and on disk.
#include <gtest/gtest.h>

#include "fettle/metrics/history.h"
#include "fettle/metrics/journal.h"
#include "tests/unit/metrics/journal_fixture.h"
#include "tests/unit/metrics/large_sets.h"

namespace fettle::metrics {
namespace {

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
  ASSERT_TRUE(sim_.loop.run(
      journal.open({}, [&](const Sample& sample) { visited.push_back(sample.position.sequence); })));
  EXPECT_EQ(journal.highest(7).sequence, 5U);
  EXPECT_EQ(journal.highest(1).sequence, 100U);
  EXPECT_GE(visited.size(), 10U);
  EXPECT_EQ(visited.back(), 100U) << "the newest are kept";
  sim_.loop.run(journal.stop());
}

TEST_F(JournalTest, BringsBackNoMoreThanMemoryMayHold) {
  {
    Journal journal(sim_.loop, sim_.clock, files_, sim_.log, settings_in("data/journal"));
    ASSERT_TRUE(sim_.loop.run(journal.open({}, [](const Sample&) {})));
    for (std::uint64_t i = 1; i <= 40; ++i) {
      ASSERT_TRUE(journal.append(sample_in(large_set(2'000, 450, i), i)));
      sim_.loop.run_for(Millis(20));
    }
    sim_.loop.run(journal.stop());
  }
  Journal journal(sim_.loop, sim_.clock, files_, sim_.log, settings_in("data/journal"));
  History history;
  std::size_t visited = 0;
  ASSERT_TRUE(sim_.loop.run(journal.open({}, [&](const Sample& sample) {
    history.add(sample);
    ++visited;
  })));
  EXPECT_EQ(visited, 40U);
  EXPECT_LE(history.figures().bytes, 37U << 20U);
  sim_.loop.run(journal.stop());
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

}  // namespace
}  // namespace fettle::metrics
