#include "fettle/metrics/range_reading.h"

#include <gtest/gtest.h>

#include <cmath>

namespace fettle::metrics {
namespace {

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

std::vector<double> means(const RangeAnswer& answer, std::size_t series) {
  return answer.series.at(series).mean;
}

TEST(RangeReading, StaysAsItWasWhenTheHistoryGoesOn) {
  History history;
  for (std::int64_t at = 100; at < 2'000; at += 5) ignore(history.add(sample(at, at * 10, at)), "read below");
  const RangeQuery query{.host = 1, .from_ms = 500'000, .to_ms = 1'500'000, .points = 200, .keys = {}};
  const auto before = history.range(query);
  ASSERT_TRUE(before);
  const auto reading = history.read(query);
  ASSERT_TRUE(reading);
  for (std::int64_t at = 2'000; at < 9'000; at += 5) ignore(history.add(sample(at, at * 99, 7)), "as above");
  history.forget(1);

  const auto answer = answer_range(*reading);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->times_ms, before->times_ms);
  ASSERT_EQ(answer->series.size(), 2U);
  EXPECT_EQ(means(*answer, 0), means(*before, 0));
  EXPECT_EQ(means(*answer, 1), means(*before, 1));
}

TEST(RangeReading, CopiesOnlyTheBlocksThatTheRangeNeeds) {
  History history;
  for (std::int64_t at = 100; at < 3'700; at += 5) ignore(history.add(sample(at, at, at)), "read below");
  const auto whole = history.read({.host = 1, .from_ms = 0, .to_ms = 4'000'000, .points = 100, .keys = {}});
  const auto end =
      history.read({.host = 1, .from_ms = 3'600'000, .to_ms = 4'000'000, .points = 100, .keys = {}});
  ASSERT_TRUE(whole && end);
  EXPECT_GT(whole->parts.size(), 4U);
  EXPECT_LE(end->parts.size(), 2U) << "the block before gives the first row its predecessor";
  const auto answer = answer_range(*end);
  ASSERT_TRUE(answer);
  EXPECT_FALSE(std::isnan(means(*answer, 0).front())) << "the first row has a rate";
}

TEST(RangeReading, RefusesAKeyThatNoRowHas) {
  History history;
  ignore(history.add(sample(100, 1, 2)), "read below");
  const auto reading = history.read(
      {.host = 1, .from_ms = 0, .to_ms = 200'000, .points = 10, .keys = {"memory.used", "moon"}});
  ASSERT_TRUE(reading);
  const auto answer = answer_range(*reading);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::unprocessable);
  EXPECT_EQ(answer.error().fields.at(0).pointer, "/query/keys");
}

TEST(RangeReading, OfNoRowsIsAnEmptyAnswer) {
  const RangeReading reading{.query = {.host = 1, .from_ms = 0, .to_ms = 1'000, .points = 10, .keys = {}},
                             .parts = {},
                             .meanings = {}};
  const auto answer = answer_range(reading);
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->times_ms.empty());
  EXPECT_TRUE(answer->series.empty());
}

}  // namespace
}  // namespace fettle::metrics
