#include <gtest/gtest.h>
#include <malloc.h>

#include <random>

#include "fettle/metrics/history.h"
#include "tests/unit/metrics/fake_host.h"
#include "tests/unit/metrics/large_sets.h"

namespace fettle::metrics {
namespace {

constexpr std::size_t kMiB = 1U << 20U;
/// What a ring may hold, and the newest row's block and layout on top.
constexpr std::size_t kMostBytes = 32 * kMiB + 5 * kMiB;

std::size_t allocated_bytes() {
  return mallinfo2().uordblks;
}

TEST(HistoryMemory, HoldsAnHourOfFortySeriesInFortyKib) {
  History history;
  constexpr HostNumber kHosts = 20;
  for (HostNumber number = 1; number <= kHosts; ++number) {
    FakeHost host(number, number);
    // One row short of a sealed block: the open one is never larger.
    for (int i = 0; i < 719; ++i) history.add(host.next());
  }
  const HistoryFigures figures = history.figures();
  EXPECT_EQ(figures.samples, kHosts * 719U * 40);
  RecordProperty("bytes_per_host", static_cast<int>(figures.bytes / kHosts));
  EXPECT_LE(figures.bytes / kHosts, 40U * 1024);
}

TEST(HistoryMemory, StaysWithinItsBoundsHoweverLongAHostSends) {
  History history;
  FakeHost host(1);
  std::uint64_t most_bytes = 0;
  for (int i = 0; i < 20'000; ++i) {  // a second apart, then twice as many
    history.add(host.next(i < 10'000 ? 1'000 : 200));
    if (i % 500 == 0) most_bytes = std::max(most_bytes, history.figures().bytes);
  }
  EXPECT_LE(history.figures().samples, (7'200U + 120) * 40);
  EXPECT_GE(history.figures().samples, 7'200U * 40);
  EXPECT_LE(most_bytes, 512U * 1024);
}

TEST(HistoryMemory, IsBoundedForAHostThatChangesItsSeriesAllTheTime) {
  History history;
  FakeHost host(1);
  for (int i = 0; i < 2'000; ++i) {
    host.boot();
    history.add(host.next());
  }
  EXPECT_LE(history.figures().samples, 256U * 40);
  EXPECT_LE(history.figures().bytes, 256U * 1024);
}

TEST(HistoryMemory, IsBoundedForAHostThatChangesLargeSetsAllTheTime) {
  const std::size_t before = allocated_bytes();
  History history;
  std::uint64_t most_bytes = 0;
  for (std::uint64_t i = 1; i <= 40; ++i) {
    const Latest& latest = history.add(sample_in(large_set(2'000, 450, i), i));
    EXPECT_EQ(latest.values.size(), 2'000U);
    most_bytes = std::max(most_bytes, history.figures().bytes);
  }
  EXPECT_LE(most_bytes, kMostBytes);
  // The figure is what the process pays. Sanitizers do not say what that is.
  const std::size_t paid = allocated_bytes() - before;
  if (allocated_bytes() != 0) {
    const std::uint64_t told = history.figures().bytes;
    EXPECT_GE(paid, told / 10 * 9);
    EXPECT_LE(paid, told / 10 * 12);
  }
}

TEST(HistoryMemory, IsBoundedForLateRowsOfLargeSets) {
  History history;
  history.add(sample_in(large_set(2'000, 450, 0), 1));
  for (std::uint64_t i = 1; i <= 40; ++i) {
    Sample late = sample_in(large_set(2'000, 450, i), 1);
    late.position.sequence = 1 + i;
    late.monotonic_ms -= static_cast<std::int64_t>(i);
    history.add(late);
    ASSERT_LE(history.figures().bytes, kMostBytes);
  }
}

TEST(HistoryMemory, IsBoundedHoweverManyRowsComeLate) {
  History history;
  const auto set = large_set(10, 10, 1);
  history.add(sample_in(set, 1'000));
  for (std::uint64_t i = 1; i <= 20'000; ++i) {
    Sample late = sample_in(set, 1'000);
    late.position.sequence += i;
    late.monotonic_ms -= static_cast<std::int64_t>(1 + i % 50'000);
    history.add(late);
    ASSERT_LE(history.figures().samples, (7'200U + 120) * 10);
  }
}

TEST(HistoryMemory, IsBoundedForValuesThatDoNotCompress) {
  History history;
  std::mt19937_64 random(1);
  const auto set = large_set(2'000, 10, 1);
  for (std::uint64_t i = 1; i <= 2'500; ++i) {
    Sample sample = sample_in(set, i);
    for (std::int64_t& value : sample.values) value = static_cast<std::int64_t>(random());
    history.add(sample);
  }
  EXPECT_LE(history.figures().bytes, kMostBytes);
  EXPECT_GE(history.figures().bytes, 28 * kMiB);
}

TEST(HistoryMemory, KeepsTheWholeHourOfALargeHostWhoseSeriesComeAndGo) {
  History history;
  std::mt19937_64 random(1);
  SeriesSetPtr set;
  std::vector<std::int64_t> values(500);
  for (std::uint64_t i = 0; i < 3'600; ++i) {
    if (i % 36 == 0) set = large_set(500, 20, i);
    Sample sample = sample_in(set, i + 1);
    for (std::int64_t& value : values) value += static_cast<std::int64_t>(random() % 200);
    sample.values = values;
    history.add(sample);
  }
  EXPECT_EQ(history.figures().samples, 3'600U * 500);
}

TEST(HistoryMemory, ReturnsAllOfAForgottenHost) {
  History history;
  FakeHost host(1);
  for (int i = 0; i < 200; ++i) history.add(host.next());
  history.forget(1);
  EXPECT_EQ(history.figures().bytes, 0U);
  EXPECT_EQ(history.figures().hosts, 0U);
  EXPECT_EQ(history.latest(1), nullptr);
  EXPECT_FALSE(history.summary(1));
}

}  // namespace
}  // namespace fettle::metrics
