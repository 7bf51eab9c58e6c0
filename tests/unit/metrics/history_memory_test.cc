#include <gtest/gtest.h>

#include "fettle/metrics/history.h"
#include "tests/unit/metrics/fake_host.h"

namespace fettle::metrics {
namespace {

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
