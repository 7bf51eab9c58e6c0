#include "fettle/metrics/history.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "tests/unit/metrics/fake_host.h"
#include "tests/unit/metrics/naive_range.h"

namespace fettle::metrics {
namespace {

/// One counter and one gauge, by hand.
Sample sample(std::int64_t at_s, std::int64_t counter, std::int64_t gauge) {
  static const auto kSet = std::make_shared<const wire::SeriesSet>(wire::SeriesSet{
      1,
      "boot",
      {{"net.rx_bytes", "eth0", wire::SeriesKind::counter}, {"memory.used", "", wire::SeriesKind::gauge}}});
  return {.host = 1,
          .position = {1, static_cast<std::uint64_t>(at_s)},
          .received_at_ms = at_s * 1000,
          .sampled_at_ms = at_s * 1000,
          .monotonic_ms = at_s * 1000,
          .set = kSet,
          .values = {counter, gauge}};
}

NaiveRow row_of(const Sample& sample) {
  return {sample.set, sample.sampled_at_ms, sample.monotonic_ms, sample.values};
}

void expect_near(double a, double b, double scale) {
  if (std::isnan(a) && std::isnan(b)) return;
  EXPECT_NEAR(a, b, 1e-9 * std::max(1.0, std::fabs(scale)));
}

/// Every series of the answer equals what the naive way says.
void expect_as_naive(const RangeAnswer& answer, const std::vector<NaiveRow>& rows, const RangeQuery& query) {
  for (const RangeSeries& series : answer.series) {
    const auto points =
        naive_range(rows, query, {series.entry.metric, series.entry.label, series.entry.kind});
    ASSERT_EQ(points.size(), answer.times_ms.size()) << series.entry.key;
    std::size_t i = 0;
    for (const auto& [start, point] : points) {
      ASSERT_EQ(start, answer.times_ms[i]);
      expect_near(series.mean[i], point.mean, point.mean);
      expect_near(series.min[i], point.min, point.min);
      expect_near(series.max[i], point.max, point.max);
      if (!std::isnan(point.mean)) {
        ASSERT_LE(series.min[i], series.mean[i]);
        ASSERT_LE(series.mean[i], series.max[i]);
      }
      ++i;
    }
    if (testing::Test::HasFailure()) return;
  }
}

TEST(History, ShowsGaugesAtOnceAndRatesFromTheSecondSample) {
  History history;
  const Latest& first = history.add(sample(100, 1'000, 50));
  ASSERT_EQ(first.values.size(), 2U);
  EXPECT_TRUE(std::isnan(first.values[0]));
  EXPECT_DOUBLE_EQ(first.values[1], 50);
  const Latest& second = history.add(sample(105, 6'000, 70));
  EXPECT_EQ(second.at_ms, 105'000);
  EXPECT_DOUBLE_EQ(second.values[0], 1'000);
  EXPECT_DOUBLE_EQ(second.values[1], 70);
  EXPECT_EQ(second.layout->entries[0].key, "net.rx_bytes{eth0}");
  EXPECT_EQ(second.layout->entries[0].unit, Unit::bytes_per_second);
  EXPECT_EQ(second.layout->id.size(), 16U);
  EXPECT_DOUBLE_EQ(history.summary(1)->rx_bytes_per_second, 1'000);
  EXPECT_EQ(history.raw_latest(1)->values[0], 6'000);
}

TEST(History, KnowsNothingOfStrangers) {
  const History history;
  EXPECT_EQ(history.latest(9), nullptr);
  EXPECT_FALSE(history.summary(9));
  EXPECT_FALSE(history.raw_latest(9));
  EXPECT_EQ(history.range({.host = 9, .from_ms = 1, .to_ms = 2, .keys = {}}).error().code,
            ErrorCode::not_found);
}

TEST(History, RefusesQuestionsThatMakeNoSense) {
  History history;
  history.add(sample(100, 1, 1));
  const auto code = [&](std::int64_t from, std::int64_t to, std::uint32_t points,
                        std::vector<std::string> keys) {
    const auto answer = history.range({1, from, to, points, std::move(keys)});
    return answer ? ErrorCode::internal : answer.error().code;
  };
  EXPECT_EQ(code(5, 5, 10, {}), ErrorCode::unprocessable);
  EXPECT_EQ(code(6, 5, 10, {}), ErrorCode::unprocessable);
  EXPECT_EQ(code(-1, 5, 10, {}), ErrorCode::unprocessable);
  EXPECT_EQ(code(0, std::numeric_limits<std::int64_t>::max(), 10, {}), ErrorCode::unprocessable);
  EXPECT_EQ(code(0, 5, 0, {}), ErrorCode::unprocessable);
  EXPECT_EQ(code(0, 5, 2001, {}), ErrorCode::unprocessable);
  EXPECT_EQ(code(0, 5, 10, {"memory.used", "nonsense"}), ErrorCode::unprocessable);
  EXPECT_EQ(code(0, 5, 10, {"memory.used"}), ErrorCode::internal);  // an answer, without a point
}

TEST(History, AnswersWithTheKeysThatWereAskedFor) {
  History history;
  for (int i = 0; i < 300; ++i) history.add(sample(1'000 + 5 * i, 500 * i, i));
  const auto answer = history.range({1, 1'000'000, 2'500'000, 600, {"memory.used"}});
  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->series.size(), 1U);
  EXPECT_EQ(answer->series[0].entry.metric, "memory.used");
  EXPECT_EQ(answer->tier, "ring");
  EXPECT_EQ(answer->times_ms.size(), 300U);
  EXPECT_DOUBLE_EQ(answer->series[0].mean[299], 299);
}

TEST(History, KeepsASpikeOfOneSampleVisibleAtAnyZoom) {
  History history;
  for (int i = 0; i < 700; ++i) history.add(sample(1'000 + 5 * i, 500 * i, i == 333 ? 1'000'000 : 7));
  for (std::uint32_t points = 1; points <= 2'000; points += 37) {
    const auto answer = history.range({1, 1'000'000, 4'600'000, points, {"memory.used"}});
    ASSERT_TRUE(answer);
    EXPECT_EQ(std::ranges::max(answer->series[0].max), 1'000'000) << points;
    EXPECT_EQ(std::ranges::min(answer->series[0].min), 7);
  }
}

TEST(History, BreaksTheLineWhereRowsAreMissing) {
  History history;
  for (const std::int64_t at : {100, 105, 110, 200, 205, 210}) history.add(sample(at, at * 10, at));
  const auto answer = history.range({1, 100'000, 300'000, 1'999, {}});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->step_ms, 200);
  EXPECT_EQ(answer->times_ms,
            (std::vector<std::int64_t>{100'000, 105'000, 110'000, 110'200, 200'000, 205'000, 210'000}));
  EXPECT_TRUE(std::isnan(answer->series[1].mean[3]));  // the gauge
  EXPECT_TRUE(std::isnan(answer->series[0].mean[4]));  // no rate across the gap
  EXPECT_DOUBLE_EQ(answer->series[1].mean[4], 200);
  EXPECT_DOUBLE_EQ(answer->series[0].mean[5], 10);
}

TEST(History, FilesALateSampleWhereItBelongsAndLeavesTheNewestAlone) {
  History history;
  std::vector<NaiveRow> rows;
  std::vector<Sample> late;
  for (int i = 0; i < 500; ++i) {
    const Sample each = sample(1'000 + 5 * i, 700 * i * (1 + i / 250), i % 13);
    rows.push_back(row_of(each));
    if (i % 7 == 3 || (i > 130 && i < 190)) {
      late.push_back(each);
    } else {
      history.add(each);
    }
  }
  const Latest before = *history.latest(1);
  std::ranges::shuffle(late, std::mt19937(1));
  const RangeQuery query{1, 1'000'000, 3'500'000, 1'999, {}};
  for (const Sample& each : late) {
    EXPECT_EQ(history.add(each).at_ms, before.at_ms);
    if (each.position.sequence % 50 == 0) ASSERT_TRUE(history.range(query));  // settles in between
  }
  EXPECT_EQ(history.latest(1)->values, before.values);
  expect_as_naive(*history.range(query), rows, query);
}

TEST(History, StoresSamplesFromTheFutureAtTheTimeTheyWereReceived) {
  History history;
  Sample ahead = sample(100, 1, 1);
  ahead.sampled_at_ms = ahead.received_at_ms + 3'600'000;
  EXPECT_EQ(history.add(ahead).at_ms, 100'000);
}

TEST(History, GoesOnWhenTheWallClockIsSetBack) {
  History history;
  FakeHost host(1);
  for (int i = 0; i < 10; ++i) history.add(host.next());
  host.step_wall_clock(-600'000);
  const Latest& latest = history.add(host.next());
  EXPECT_EQ(latest.at_ms, host.now_ms());
  EXPECT_FALSE(std::isnan(latest.values[0]));  // the boot clock did not step
}

// A virtual machine that is rolled back to a snapshot with its memory: same boot id, everything it counts is
// as it was then, only time has gone on.
TEST(History, GoesOnWhenTheBootClockIsSetBack) {
  History history;
  for (int i = 0; i < 300; ++i) history.add(sample(100'000 + 5 * i, 1'000 * i, i));
  for (int i = 0; i < 300; ++i) {
    Sample back = sample(102'000 + 5 * i, 500 * i, 7 + i);
    back.monotonic_ms -= 86'400'000;
    const Latest& latest = history.add(back);
    ASSERT_EQ(latest.at_ms, back.sampled_at_ms);
    ASSERT_EQ(latest.position, back.position);
    ASSERT_EQ(latest.values[1], 7 + i);
    if (i == 0) EXPECT_TRUE(std::isnan(latest.values[0])) << "no rate across it";
    if (i > 0) ASSERT_DOUBLE_EQ(latest.values[0], 100);
  }
  EXPECT_EQ(history.summary(1)->at_ms, 103'495'000);
  const auto answer = history.range({1, 100'000'000, 104'000'000, 2'000, {"net.rx_bytes{eth0}"}});
  ASSERT_TRUE(answer);
  const auto most =
      std::ranges::max(answer->series[0].max, {}, [](double v) { return std::isnan(v) ? 0 : v; });
  EXPECT_DOUBLE_EQ(most, 200);
  EXPECT_DOUBLE_EQ(answer->series[0].mean.back(), 100);
}

TEST(History, GoesOnHoweverOftenTheBootClockIsSetBack) {
  History history;
  for (int i = 1; i <= 1'000; ++i) {
    Sample each = sample(100'000 + 5 * i, 1'000 * i, i);
    each.monotonic_ms = i % 3 * 1'000'000;
    ASSERT_EQ(history.add(each).at_ms, each.sampled_at_ms);
  }
  EXPECT_LE(history.figures().samples, 2U * 730) << "an hour of it is kept";
}

TEST(History, SaysByThePositionWhetherASampleIsTheNewest) {
  History history;
  EXPECT_EQ(history.add(sample(100, 0, 1)).position, (wire::Position{1, 100}));
  Sample late = sample(105, 0, 2);
  late.monotonic_ms -= 10'000;
  EXPECT_EQ(history.add(late).position, (wire::Position{1, 100}));
}

TEST(History, ShowsNoRateOverAReboot) {
  History history;
  FakeHost host(1);
  for (int i = 0; i < 10; ++i) history.add(host.next());
  host.boot();
  host.restart_agent();
  const Latest& latest = history.add(host.next());
  for (std::size_t i = 0; i < latest.values.size(); ++i)
    EXPECT_EQ(std::isnan(latest.values[i]), latest.layout->entries[i].kind == wire::SeriesKind::counter) << i;
  for (const double value : history.add(host.next()).values) EXPECT_FALSE(std::isnan(value));
}

TEST(History, FollowsACounterThroughAChangeOfTheSet) {
  History history;
  history.add(sample(100, 1'000, 50));
  Sample other = sample(105, 0, 0);
  other.set = std::make_shared<const wire::SeriesSet>(
      wire::SeriesSet{2,
                      "boot",
                      {{"memory.used", "", wire::SeriesKind::gauge},
                       {"net.rx_bytes", "eth1", wire::SeriesKind::counter},
                       {"net.rx_bytes", "eth0", wire::SeriesKind::counter}}});
  other.values = {60, 900, 2'000};
  const Latest& latest = history.add(other);
  EXPECT_DOUBLE_EQ(latest.values[2], 200);
  EXPECT_TRUE(std::isnan(latest.values[1]));
  EXPECT_EQ(latest.layout->entries[2].key, "net.rx_bytes{eth0}");
  const auto answer = history.range({1, 0, 200'000, 2'000, {"net.rx_bytes{eth0}"}});
  ASSERT_TRUE(answer);
  EXPECT_DOUBLE_EQ(answer->series[0].mean.back(), 200);
}

TEST(History, SharesOneLayoutBetweenHostsWithTheSameSeries) {
  History history;
  FakeHost a(1);
  FakeHost b(2);
  history.add(a.next());
  history.add(b.next());
  EXPECT_EQ(history.latest(1)->layout.get(), history.latest(2)->layout.get());
}

// Lives with everything that can go wrong, against the naive model, at random zooms.
class HistoryAgainstNaive : public testing::TestWithParam<std::uint32_t> {};

TEST_P(HistoryAgainstNaive, AnswersTheSame) {
  std::mt19937_64 random(GetParam());
  History history;
  FakeHost host(1, GetParam());
  std::vector<NaiveRow> rows;
  std::int64_t interval = 5'000;
  for (int i = 0; i < 500; ++i) {
    const std::uint64_t what = random() % 200;
    if (what == 0) interval = random() % 2 == 0 ? 1'000 : 5'000;
    if (what == 1) host.step_wall_clock(static_cast<std::int64_t>(random() % 40'000) - 20'000);
    if (what == 2) {
      host.boot();
      host.restart_agent();
    }
    Sample next = host.next(what == 3 ? interval * 20 : interval);
    if (what >= 190) next.values[random() % next.values.size()] = wire::kAbsent;
    rows.push_back(row_of(next));
    history.add(next);
  }
  const std::int64_t first = rows.front().at_ms - 30'000;
  const std::int64_t span = rows.back().at_ms + 60'000 - first;
  for (int i = 0; i < 8; ++i) {
    const std::int64_t from = first + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(span));
    const std::int64_t to = from + 1 + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(span));
    const RangeQuery query{1, from, to, static_cast<std::uint32_t>(1 + random() % 2'000), {}};
    const auto answer = history.range(query);
    ASSERT_TRUE(answer);
    ASSERT_LE(answer->times_ms.size(), 2'000U);
    expect_as_naive(*answer, rows, query);
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, HistoryAgainstNaive, testing::Range(1U, 17U));

TEST(History, DrawsSparksFromCellsOfThirtySeconds) {
  History history;
  FakeHost host(1, 1, 1'800'000'000'000);
  for (int i = 0; i < 400; ++i) history.add(host.next());
  const std::int64_t to = host.now_ms() / kSparkStepMs * kSparkStepMs + kSparkStepMs;
  const SparkQuery query{.host = 1, .field = SparkField::cpu_percent, .from_ms = to - 900'000};
  const auto cpu = history.spark(query);
  ASSERT_EQ(cpu.size(), 30U);
  const auto answer =
      history.range({1,
                     to - 900'000,
                     to,
                     30,
                     {"cpu.user", "cpu.nice", "cpu.system", "cpu.irq", "cpu.softirq", "cpu.steal"}});
  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->times_ms.size(), 30U);
  for (std::size_t i = 0; i < 30; ++i) {
    double sum = 0;
    for (const RangeSeries& series : answer->series) sum += series.mean[i];
    EXPECT_NEAR(cpu[i], sum, 0.1) << i;  // weighted by time there, by sample here
  }
  const auto older = history.spark({.host = 1, .field = query.field, .from_ms = to - 5'000'000});
  EXPECT_TRUE(std::isnan(older[0]));
  EXPECT_TRUE(std::isnan(history.spark({.host = 7})[0]));
  const auto coarse = history.spark(
      {.host = 1, .field = query.field, .from_ms = to - 900'000, .step_ms = 60'000, .points = 15});
  EXPECT_NEAR(coarse[3], (cpu[6] + cpu[7]) / 2, 1);
}

}  // namespace
}  // namespace fettle::metrics
